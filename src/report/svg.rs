//! Pictures. A whole one is a file of its own for a ticket: no font, script or style from elsewhere, legible on
//! light and on dark, with all that it shows in words as well. The status page is made of the same pieces.

mod fit;
mod gpus;
mod room;
mod sheet;
mod strip;
mod tree;

pub use gpus::discover;
pub use tree::trees;

pub(super) use room::{ROOM_ROW, room};
pub(super) use strip::{STRIP_HEIGHT, strip};

/// The colours, light and dark.
pub(super) const THEME: &str = include_str!("svg/theme.css");
/// How the pieces of a picture look.
pub(super) const PIECES: &str = include_str!("svg/pieces.css");
