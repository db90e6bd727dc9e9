//! What one provider of ours stands for on its GPU.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::{Claim, ParseError, ProfileId, TraitName, VgpuTypeId};

/// The thing a provider counts, by id: names change with the driver, ids do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// GPU instances of one profile, written `mig-19`.
    Mig(ProfileId),
    /// vGPUs of one type, written `vgpu-474`.
    Vgpu(VgpuTypeId),
}

impl Kind {
    /// What a provider of this kind offers, as its own traits name it: a vGPU type is named by the trait of its
    /// type, though it carries that of its profile too.
    pub fn claimed_name(self, traits: &BTreeSet<TraitName>) -> Option<String> {
        let claims = traits.iter().filter_map(Claim::decode).filter(Claim::is_offer);
        let first = |claim: &Claim| matches!(claim, Claim::Profile(_)) == matches!(self, Kind::Mig(_));
        let (own, other): (Vec<Claim>, Vec<Claim>) = claims.partition(first);
        own.into_iter().chain(other).next().map(|claim| claim.plain().to_owned())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Mig(id) => write!(f, "mig-{id}"),
            Kind::Vgpu(id) => write!(f, "vgpu-{id}"),
        }
    }
}

impl FromStr for Kind {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let bad =
            || ParseError::new("provider kind", text, "mig-<profile id> or vgpu-<type id>, as in mig-19");
        let (class, id) = text.split_once('-').ok_or_else(bad)?;
        let id: u32 = id.parse().map_err(|_| bad())?;
        let kind = match class {
            "mig" => Kind::Mig(ProfileId::new(id)),
            "vgpu" => Kind::Vgpu(VgpuTypeId::new(id)),
            _ => return Err(bad()),
        };
        // One spelling per kind: `mig-019` must not be a second name of `mig-19`.
        if kind.to_string() == text { Ok(kind) } else { Err(bad()) }
    }
}
