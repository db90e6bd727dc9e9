//! The entries of `instances`, in their three ways of being written.

use super::file::{GpuFile, InstanceFile, InstanceTable};
use super::fit::{self, Shape, Wish};
use super::{HostError, Instance, Mig};
use crate::data::{Model, Profile};

/// Reads and places what `instances` lists.
pub(super) fn instances(
    file: &GpuFile,
    mig: Mig,
    model: Option<&'static Model>,
) -> Result<Vec<Instance>, HostError> {
    let Some(model) = model.filter(|_| mig == Mig::On) else {
        if file.instances.is_empty() {
            return Ok(Vec::new());
        }
        let problem = match mig {
            Mig::Unsupported => "this GPU has no MIG, so it has no instances",
            _ => "MIG is off, so there are none; expected `mig = \"on\"`",
        };
        return Err(HostError::new(problem).at("instances"));
    };
    let mut wishes = Vec::new();
    for entry in &file.instances {
        match entry {
            InstanceFile::Text(text) => written(model, text, &mut wishes)?,
            InstanceFile::Table(table) => wishes.push(tabled(model, table)?),
        }
    }
    let full = file.compute_instances.unwrap_or(true);
    fit::instances(model, &wishes, full).map_err(|error| error.at("instances"))
}

/// `[<n>x ]<profile>[@<start>]`
fn written(model: &'static Model, text: &str, wishes: &mut Vec<Wish>) -> Result<(), HostError> {
    let wrong = |problem: String| HostError::new(problem).at(text).at("instances");
    let (count, rest) = match text.split_once("x ") {
        Some((count, rest)) => match count.parse::<usize>() {
            Ok(count) => (count, rest.trim()),
            Err(_) => return Err(wrong(format!("`{count}` is not a number of instances"))),
        },
        None => (1, text),
    };
    let (name, start) = match rest.split_once('@') {
        Some((name, start)) => match start.parse::<u32>() {
            Ok(start) => (name, Some(start)),
            Err(_) => return Err(wrong(format!("`{start}` is not a slot; expected a number after the @"))),
        },
        None => (rest, None),
    };
    if count != 1 && start.is_some() {
        return Err(wrong("several instances cannot start at one slot".to_owned()));
    }
    // A count beyond the slots is refused by the profile's own maximum, without a list of that length.
    let shape = Shape::Known(profile(model, name).map_err(|error| error.at("instances"))?);
    let count = count.min(model.total_slots as usize + 1);
    wishes.extend((0..count).map(|_| Wish { text: rest.to_owned(), shape, start, id: None, compute: None }));
    Ok(())
}

fn tabled(model: &'static Model, table: &InstanceTable) -> Result<Wish, HostError> {
    let wrong = |problem: &str| Err(HostError::new(problem).at("instances"));
    let (text, shape) = match (&table.profile, table.profile_id, table.start, table.size) {
        (Some(name), None, _, None) => (name.clone(), Shape::Known(profile(model, name)?)),
        (None, Some(profile_id), Some(_), Some(size)) => {
            if let Some(known) = model.profiles.iter().find(|known| known.profile_id == profile_id) {
                let problem = format!("profile_id {profile_id} is {} on {}", known.name, model.model);
                return wrong(&format!("{problem}; expected that name, or an id that nobody knows"));
            }
            (format!("profile_id {profile_id}"), Shape::Hidden { profile_id, size })
        }
        _ => return wrong("expected `profile` (with `start` or not), or `profile_id`, `start` and `size`"),
    };
    let text = table.start.map_or(text.clone(), |start| format!("{text}@{start}"));
    Ok(Wish { text, shape, start: table.start, id: table.id, compute: table.compute.clone() })
}

fn profile(model: &'static Model, name: &str) -> Result<&'static Profile, HostError> {
    model.profiles.iter().find(|profile| profile.name == name).ok_or_else(|| {
        let known: Vec<&str> = model.profiles.iter().map(|profile| profile.name.as_str()).collect();
        let known = known.join(", ");
        HostError::new(format!("`{name}` is not a profile of {}; expected one of {known}", model.model))
    })
}
