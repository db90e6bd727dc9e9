//! The documents and the texts, frozen.
//!
//! What programs read is a promise: a field may be added within a version (`cargo insta review` then shows
//! it), never renamed or removed. What people read may change, but not by accident.

mod advice;
mod html;
mod json;
mod purge;
mod svg;
mod text;
mod values;
