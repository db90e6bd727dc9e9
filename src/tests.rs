//! What holds for the crate as a whole: which room knows which, and that every code is documented.

mod cases;
mod clock;
mod docs;
mod messages;
mod rooms;
mod source;
