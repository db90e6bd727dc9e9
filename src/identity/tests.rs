mod catalog;
mod keystone;
pub(crate) mod server;
mod text;
