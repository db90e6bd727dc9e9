mod catalog;
mod keystone;
mod method;
pub(crate) mod server;
mod text;
