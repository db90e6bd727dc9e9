//! Texts and lists as the host file wants them: as they are, or odd.

use std::os::raw::{c_char, c_uint};

use crate::answer::Fault;
use crate::codes::Code;
use crate::ffi;
use crate::host::{Injected, Odd};
use crate::session::Session;

/// A count that no list has.
const HUGE: c_uint = c_uint::MAX;

impl Session<'_> {
    /// The oddity that is wanted of this call, for the GPU that it is about or for the host.
    fn odd(&self) -> Option<Odd> {
        let host = self.host().ok()?;
        let gpu = host.gpus.iter().find(|gpu| Some(gpu.address) == self.gpu);
        let wanted = gpu.and_then(|gpu| gpu.errors.get(self.symbol)).or_else(|| host.errors.get(self.symbol));
        match wanted {
            Some(Injected::Odd(odd)) => Some(*odd),
            _ => None,
        }
    }

    /// A text that a caller has `length` bytes of room for.
    ///
    /// # Safety
    ///
    /// `out` is null or holds `length` bytes.
    pub(crate) unsafe fn text(&self, out: *mut c_char, length: c_uint, text: &str) -> Result<(), Fault> {
        let room = length as usize;
        let bytes = match self.odd() {
            Some(Odd::NotUtf8) => Some(b"\xff\xfe\0".to_vec()),
            Some(Odd::Empty) => Some(b"\0".to_vec()),
            Some(Odd::Unterminated) => Some(vec![b'x'; room]),
            Some(Odd::VeryLong) => {
                let mut bytes = vec![b'x'; room.saturating_sub(1)];
                bytes.push(0);
                Some(bytes)
            }
            _ => None,
        };
        match bytes {
            Some(bytes) if !out.is_null() && bytes.len() <= room => {
                // SAFETY: not null and as long as that, checked just now, by this function's contract.
                unsafe { out.cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
                Ok(())
            }
            // SAFETY: this function's contract.
            _ => unsafe { ffi::write_text(out, length, text) },
        }
    }

    /// A text in a fixed field.
    pub(crate) fn field<const N: usize>(&self, text: &str) -> [c_char; N] {
        match self.odd() {
            Some(Odd::NotUtf8) => ffi::bytes(b"MIG 1g.\xff\xfegb"),
            Some(Odd::Empty) => ffi::bytes(b""),
            Some(Odd::Unterminated) => [ffi::character(b'x'); N],
            Some(Odd::VeryLong) => ffi::field(&"x".repeat(N)),
            _ => ffi::field(text),
        }
    }

    /// A list without a room argument: the header asks callers for as many elements as the profile allows, and a
    /// null list, where that is allowed, for the count alone.
    ///
    /// # Safety
    ///
    /// `out` is null or holds as many elements as `items` has; `count` is null or valid for a read and a write.
    pub(crate) unsafe fn list<T: Copy>(
        &mut self,
        out: *mut T,
        count: *mut c_uint,
        items: &[T],
    ) -> Result<(), Fault> {
        match self.odd() {
            // SAFETY: this function's contract.
            Some(Odd::HugeCount) => return unsafe { ffi::write(count, HUGE) },
            Some(Odd::NeverEnough) => return Err(Code::InsufficientSize.into()),
            Some(Odd::GrowingCount) if !out.is_null() && self.state.grown.insert(self.symbol) => {
                return Err(Code::InsufficientSize.into());
            }
            _ => {}
        }
        // SAFETY: this function's contract.
        unsafe { ffi::write_list(out, count, items) }
    }

    /// How many elements a list has, for a caller who asks for that alone.
    ///
    /// # Safety
    ///
    /// `count` is null or valid for a write.
    pub(crate) unsafe fn count(&self, count: *mut c_uint, elements: usize) -> Result<(), Fault> {
        let odd = self.odd() == Some(Odd::HugeCount);
        let elements = if odd { HUGE } else { c_uint::try_from(elements).unwrap_or(HUGE) };
        // SAFETY: this function's contract.
        unsafe { ffi::write(count, elements) }
    }

    /// A list with a room argument: `count` says how many elements there is room for, and then how many there
    /// are. Header, of these calls: INSUFFICIENT_SIZE "with the element count required" where it is too small.
    ///
    /// # Safety
    ///
    /// `count` is null or valid for a read and a write; `out` is null or holds as many elements as it says.
    pub(crate) unsafe fn counted<T: Copy>(
        &mut self,
        out: *mut T,
        count: *mut c_uint,
        items: &[T],
    ) -> Result<(), Fault> {
        // SAFETY: this function's contract.
        let room = unsafe { ffi::read(count) }? as usize;
        let mut needed = c_uint::try_from(items.len()).unwrap_or(c_uint::MAX);
        match self.odd() {
            // SAFETY: this function's contract.
            Some(Odd::HugeCount) if room > 0 => return unsafe { ffi::write(count, HUGE) },
            Some(Odd::HugeCount) => needed = HUGE,
            Some(Odd::NeverEnough) => needed = c_uint::try_from(room + 1).unwrap_or(HUGE),
            Some(Odd::GrowingCount) if room > 0 && self.state.grown.insert(self.symbol) => {
                needed = c_uint::try_from(room + 1).unwrap_or(HUGE);
            }
            _ => {}
        }
        if needed as usize > room {
            // SAFETY: this function's contract.
            unsafe { ffi::write(count, needed) }?;
            return Err(Code::InsufficientSize.into());
        }
        if out.is_null() && !items.is_empty() {
            return Err(Code::InvalidArgument.into());
        }
        if !items.is_empty() {
            // SAFETY: not null, and there is room: `needed` is the number of items here, and not above `room`.
            unsafe { out.copy_from_nonoverlapping(items.as_ptr(), items.len()) };
        }
        // SAFETY: this function's contract.
        unsafe { ffi::write(count, needed) }
    }
}
