//! A call that tells one number.

/// `number!(device, nvmlFoo(device.handle(), id) -> c_uint)`: calls it with these arguments and a place for the
/// number, and gives that number, or why there is none.
macro_rules! number {
    ($device:expr, $call:ident($($argument:expr),*) -> $kind:ty) => {{
        let call = $device.nvml().lib().$call.as_ref().map_err(|_| Answer::NoSymbol)?;
        let mut told: $kind = 0;
        // SAFETY: a handle among the arguments is of the open session that the device borrows, every other argument
        // is a number; the result goes to a live variable of the very type that the binding has for it.
        $crate::hardware::nvml::ffi::checked(unsafe { call($($argument,)* &raw mut told) })?;
        Ok(told)
    }};
}
