//! Lists that a call writes into room that it is given.

use std::ffi::c_uint;

use nvml_wrapper_sys::bindings::nvmlReturn_t;

use super::{Answer, checked};

/// Elements that a list has room for at first. More than any GPU has of anything asked for here: 12 slots are
/// the most that is known. Some drivers treat `count` as output only and write what they have, so the room is
/// never less than this.
const ROOM: usize = 64;

/// Elements beyond which a list is not believed.
const ROOM_LIMIT: usize = 4096;

/// Asks for a list with enough room, growing while NVML says that it is too small, and believes the count
/// only up to the room.
pub(super) fn filled<T: Copy>(
    expected: c_uint,
    blank: T,
    ask: impl Fn(*mut T, *mut c_uint) -> nvmlReturn_t,
) -> Result<Vec<T>, Answer> {
    let limited = |wanted: c_uint| usize::try_from(wanted).unwrap_or(ROOM_LIMIT).clamp(ROOM, ROOM_LIMIT);
    let mut room = limited(expected);
    loop {
        let mut list = vec![blank; room];
        let mut count = c_uint::try_from(room).unwrap_or(0);
        match checked(ask(list.as_mut_ptr(), &raw mut count)) {
            Err(Answer::INSUFFICIENT_SIZE) if room < ROOM_LIMIT => {
                room = limited(count).max(room.saturating_mul(2)).min(ROOM_LIMIT);
            }
            Err(answer) => return Err(answer),
            Ok(()) => match usize::try_from(count) {
                Ok(count) if count <= room => {
                    list.truncate(count);
                    return Ok(list);
                }
                _ => return Err(Answer::Nonsense(format!("{count} elements in room for {room}"))),
            },
        }
    }
}
