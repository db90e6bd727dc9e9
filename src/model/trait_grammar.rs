//! The trait grammar: an API that flavors depend on. **Frozen**, total, injective and decodable.
//!
//! A name is first brought to its canonical form (trimmed, one leading `MIG `, `NVIDIA ` or `GRID `
//! dropped, ASCII upper case); that is the only step that loses anything. A trait is a claim of ours if
//! and only if [`Claim::decode`] reads it: removing by prefix would hit Cyborg's `CUSTOM_NVIDIA_2BB5` and
//! an operator's `CUSTOM_NVIDIA_11`.

use sha2::{Digest, Sha256};

use super::TraitName;

const PREFIX: &str = "CUSTOM_NVIDIA_";
const WORDS_LIMIT: usize = 110;
const HEX_LIMIT: usize = 115;

/// The suffixes of MIG profile names and of their traits: media extensions, none of them, graphics.
const SUFFIXES: [(&str, &str); 4] =
    [("+ME.ALL", "_MEALL"), ("+ME", "_ME"), ("-ME", "_NOME"), ("+GFX", "_GFX")];

/// What a trait of our grammar says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// A GPU-instance profile, by its plain lower-case name, `1g.5gb+me`.
    Profile(String),
    /// A vGPU type (or any other name), in canonical form, `A100-1-5C`.
    VgpuType(String),
    /// The board, in canonical form, `A100-SXM4-40GB`.
    Board(String),
    /// Hardware isolation: the capacity is a GPU instance.
    Mig,
    /// Guests take turns on it.
    TimeSliced,
    /// The provider is kept by this agent.
    Marker,
    /// A name that only its hash is left of (over 115 bytes).
    Hashed(String),
}

impl Claim {
    /// Reads a trait. `None` for every trait that is not of our grammar.
    pub fn decode(name: &TraitName) -> Option<Claim> {
        let rest = name.as_str().strip_prefix(PREFIX)?;
        match rest {
            "MIG" => return Some(Claim::Mig),
            "TIME_SLICED" => return Some(Claim::TimeSliced),
            "PLACEMENT_AGENT" => return Some(Claim::Marker),
            _ => {}
        }
        if let Some(profile) = decode_mig(rest) {
            return Some(Claim::Profile(profile));
        }
        let (class, body) = rest.split_once('_')?;
        match class {
            "VGPU" => decode_words(body).map(Claim::VgpuType),
            "BOARD" => decode_words(body).map(Claim::Board),
            "X" => decode_hex(body).filter(|name| encode_mig(name).is_none()).map(Claim::VgpuType),
            "BOARDX" => decode_hex(body).map(Claim::Board),
            "H" | "BOARDH" => is_sha256(body).then(|| Claim::Hashed(body.to_owned())),
            _ => None,
        }
    }

    /// The trait of a GPU-instance profile or vGPU type, from the name NVML gives it.
    pub fn trait_of_name(name: &str) -> TraitName {
        let canonical = canonical(name);
        let body = encode_mig(&canonical)
            .or_else(|| encode_words(&canonical).map(|words| format!("VGPU_{words}")))
            .unwrap_or_else(|| encode_rest(&canonical, ""));
        trait_name(&body)
    }

    /// The trait of a board, from NVML's product name.
    pub fn trait_of_board(product: &str) -> TraitName {
        let canonical = canonical(product);
        let body = encode_words(&canonical)
            .map(|words| format!("BOARD_{words}"))
            .unwrap_or_else(|| encode_rest(&canonical, "BOARD"));
        trait_name(&body)
    }

    /// The trait that says: GPU instances, isolated by hardware.
    pub fn trait_of_mig() -> TraitName {
        trait_name("MIG")
    }

    /// The trait that says: guests take turns on it.
    pub fn trait_of_time_slicing() -> TraitName {
        trait_name("TIME_SLICED")
    }

    /// Whether the claim names what a guest gets (a profile or vGPU type), rather than describes it.
    pub fn is_offer(&self) -> bool {
        matches!(self, Claim::Profile(_) | Claim::VgpuType(_) | Claim::Hashed(_))
    }

    /// The claim as a person writes it.
    pub fn plain(&self) -> &str {
        match self {
            Claim::Profile(name) | Claim::VgpuType(name) | Claim::Board(name) | Claim::Hashed(name) => name,
            Claim::Mig => "MIG",
            Claim::TimeSliced => "time-sliced",
            Claim::Marker => "kept by nvidia-placement-agent",
        }
    }
}

/// The trait that every provider of ours carries.
pub fn marker() -> TraitName {
    trait_name("PLACEMENT_AGENT")
}

fn trait_name(body: &str) -> TraitName {
    TraitName::of_grammar(format!("{PREFIX}{body}"))
}

fn canonical(name: &str) -> String {
    let name = name.trim();
    let strip = |prefix: &str| {
        let head = name.get(..prefix.len())?;
        head.eq_ignore_ascii_case(prefix).then(|| name.get(prefix.len()..)).flatten()
    };
    let rest = ["MIG ", "NVIDIA ", "GRID "].into_iter().find_map(strip).unwrap_or(name);
    rest.to_ascii_uppercase()
}

fn take_number(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    (1..=4).contains(&number.len()).then_some((number, rest))
}

/// `[Nc.]Ng.Mgb` and a suffix, canonical form in, trait body out; `dot` and `suffixes` choose the direction.
fn transcode_mig(
    text: &str,
    dot: &str,
    out_dot: &str,
    suffix: impl Fn(&str) -> Option<&'static str>,
) -> Option<String> {
    let (first, mut rest) = take_number(text)?;
    let mut out = String::new();
    let mut g = first;
    if let Some(after) = rest.strip_prefix('C').and_then(|r| r.strip_prefix(dot)) {
        let (number, tail) = take_number(after)?;
        out = format!("{first}C{out_dot}");
        (g, rest) = (number, tail);
    }
    let (gb, tail) = take_number(rest.strip_prefix('G')?.strip_prefix(dot)?)?;
    let tail = suffix(tail.strip_prefix("GB")?)?;
    Some(format!("{out}{g}G{out_dot}{gb}GB{tail}"))
}

fn encode_mig(canonical: &str) -> Option<String> {
    let suffix = |s: &str| match s {
        "" => Some(""),
        _ => SUFFIXES.iter().find(|(name, _)| *name == s).map(|(_, body)| *body),
    };
    transcode_mig(canonical, ".", "", suffix)
}

fn decode_mig(body: &str) -> Option<String> {
    let suffix = |s: &str| match s {
        "" => Some(""),
        _ => SUFFIXES.iter().find(|(_, body)| *body == s).map(|(name, _)| *name),
    };
    transcode_mig(body, "", ".", suffix).map(|name| name.to_ascii_lowercase())
}

fn encode_words(canonical: &str) -> Option<String> {
    let alphanumeric =
        |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let words = canonical.len() <= WORDS_LIMIT && canonical.split([' ', '-']).all(alphanumeric);
    words.then(|| canonical.replace('-', "_").replace(' ', "__"))
}

fn decode_words(body: &str) -> Option<String> {
    let name = body.replace("__", " ").replace('_', "-");
    (encode_words(&name).as_deref() == Some(body)).then_some(name)
}

fn encode_rest(canonical: &str, class: &str) -> String {
    if canonical.len() <= HEX_LIMIT {
        format!("{class}X_{}", hex(canonical.as_bytes()))
    } else {
        format!("{class}H_{}", hex(&Sha256::digest(canonical.as_bytes())))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02X}")).collect()
}

fn decode_hex(body: &str) -> Option<String> {
    let digits = body.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    let bytes: Option<Vec<u8>> = digits.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect();
    let name = String::from_utf8(bytes?).ok()?;
    // What can be left of a name: a space in front of it, where a prefix was dropped, and none behind.
    let canonical = name.trim_end().to_ascii_uppercase() == name;
    let body_again = encode_words(&name).is_none().then(|| hex(name.as_bytes()));
    (canonical && name.len() <= HEX_LIMIT && body_again.as_deref() == Some(body)).then_some(name)
}

fn is_sha256(body: &str) -> bool {
    body.len() == 64 && body.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'))
}
