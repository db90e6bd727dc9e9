//! What a browser may do with the page.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::SCRIPT;
use super::page::style;

/// The value of `Content-Security-Policy`: the page's own style and script and no others, known by their hashes, so
/// that markup which got in by a fault of ours would be inert. Nothing is loaded but the page itself.
pub fn policy() -> &'static str {
    static POLICY: OnceLock<String> = OnceLock::new();
    POLICY.get_or_init(|| {
        format!(
            "default-src 'none'; style-src '{}'; script-src '{}'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            hash(&style()),
            hash(SCRIPT),
        )
    })
}

fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}
