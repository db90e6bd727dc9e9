//! Words that text, pictures and pages share.

mod gpu;
mod health;
mod state;
mod time;
mod tree;

pub(super) use gpu::{fits, functions, gpu_facts, named, offers, profile_name, short, vgpus};
pub(super) use health::{Grade, health_line, verdict};
pub(super) use state::{host_facts, state};
pub(super) use time::ago;
pub(super) use tree::{
    guest_words, in_order, keeper, keeper_word, owner_word, plain_name, record, state_word, used,
};

/// `1 provider`, `2 providers`.
pub(super) fn counted(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}
