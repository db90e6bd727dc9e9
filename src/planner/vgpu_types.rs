//! Which vGPU type the operator wants where the hardware does not say: `devices.vgpu_types`.

use std::fmt;
use std::str::FromStr;

use crate::model::{Claim, Gpu, ParseError, ProfileId, TraitName, VgpuType, VgpuTypeId};

use super::pattern::Pattern;

/// One entry of `devices.vgpu_types`: `TYPE`, or `WHERE = TYPE`, where `WHERE` is a PCI address (with `*` for any
/// characters), a GPU-instance profile, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VgpuRule {
    address: Option<Pattern>,
    profile: Option<TraitName>,
    wanted: Wanted,
    text: String,
}

/// The type, as it was named.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    Id(VgpuTypeId),
    /// By the trait of its name: spellings with and without `NVIDIA ` or `GRID ` are one.
    Name(TraitName),
}

const FORM: &str = "TYPE, or WHERE = TYPE, as in \"NVIDIA L40S-8Q\", \"nvidia-474\", \
                    \"0000:41:00.0 = GRID A100-10C\" or \"1g.5gb = GRID A100-1-5C\"";

impl VgpuRule {
    /// The type of the GPU that the first fitting rule names, of those that live in GPU instances of `profile`
    /// (`None`: of the whole GPU). A rule whose type the GPU does not support does not fit.
    pub fn choose<'a>(rules: &[VgpuRule], gpu: &'a Gpu, profile: Option<ProfileId>) -> Option<&'a VgpuType> {
        let name =
            profile.and_then(|id| gpu.profiles.get(&id)).map(|profile| Claim::trait_of_name(&profile.name));
        let fits = |rule: &&VgpuRule| {
            let here = rule.address.as_ref().is_none_or(|pattern| pattern.fits(gpu.address));
            here && (rule.profile.is_none() || rule.profile == name)
        };
        let supported = |rule: &VgpuRule| {
            let mut types = gpu.vgpu.types.values().filter(|one| one.profile == profile);
            types.find(|one| match &rule.wanted {
                Wanted::Id(id) => one.id == *id,
                Wanted::Name(name) => Claim::trait_of_name(&one.name) == *name,
            })
        };
        rules.iter().filter(fits).find_map(supported)
    }
}

impl FromStr for VgpuRule {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let bad = |expected| ParseError::new("vGPU type rule", text, expected);
        let (conditions, named) = match text.split_once('=') {
            Some((_, "")) => return Err(bad(FORM)),
            Some((conditions, _)) if conditions.trim().is_empty() => return Err(bad(FORM)),
            Some((conditions, named)) => (conditions, named.trim()),
            None => ("", text.trim()),
        };
        let (mut address, mut profile) = (None, None);
        for word in conditions.split_whitespace() {
            if word.contains([':', '*']) {
                let pattern =
                    word.parse().map_err(|_| bad("a PCI address, as in 0000:41:00.0 or 0000:8*"))?;
                if address.replace(pattern).is_some() {
                    return Err(bad("one PCI address; several need an entry each, or a pattern"));
                }
            } else {
                let named =
                    profile_trait(word).ok_or_else(|| bad("a PCI address or a profile before the ="))?;
                if profile.replace(named).is_some() {
                    return Err(bad("one profile; several need an entry each"));
                }
            }
        }
        if profile_trait(named).is_some() {
            return Err(bad("a vGPU type, as in \"GRID A100-1-5C\", not a GPU-instance profile"));
        }
        let digits = named.strip_prefix("nvidia-").unwrap_or(named);
        let wanted = match digits.parse() {
            Ok(id) => Wanted::Id(VgpuTypeId::new(id)),
            Err(_) if named.is_empty() => return Err(bad(FORM)),
            Err(_) => Wanted::Name(Claim::trait_of_name(named)),
        };
        Ok(VgpuRule { address, profile, wanted, text: text.trim().to_owned() })
    }
}

impl fmt::Display for VgpuRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The trait of a GPU-instance profile's name; none for every other text.
fn profile_trait(word: &str) -> Option<TraitName> {
    let name = Claim::trait_of_name(word);
    matches!(Claim::decode(&name), Some(Claim::Profile(_))).then_some(name)
}
