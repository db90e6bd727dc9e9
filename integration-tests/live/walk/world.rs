//! Everything around the agent: consumers that come, move and go, an operator who adds traits of his own, and
//! an onlooker who checks after each write that the promise was kept.

use std::collections::{BTreeMap, BTreeSet};

use nvidia_placement_agent::model::{Claim, Identity, ProviderUuid, RootUuid};
use serde_json::{Value, json};
use uuid::Uuid;

use super::lot::Lot;
use crate::direct::{add_trait, call, done, get, listing, part, take};
use crate::promise::broken;

/// The traits that an operator gives to our providers. The second looks like one of ours and is none.
const FOREIGN: [&str; 2] = ["CUSTOM_WALK_GOLD", "CUSTOM_NVIDIA_11"];

/// What was seen of a provider of ours at one generation.
#[derive(Debug, Clone, Default)]
struct Sighting {
    generation: u64,
    offered: u32,
    traits: BTreeSet<String>,
}

/// What happened, counted.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    pub(super) checks: usize,
    pub(super) allocated: usize,
    pub(super) refused: usize,
    pub(super) moved: usize,
    pub(super) freed: usize,
    pub(super) tagged: usize,
}

pub(super) struct World {
    root: RootUuid,
    pub(super) lot: Lot,
    /// Who holds one unit of what, in the order in which they came.
    consumers: Vec<(Uuid, ProviderUuid)>,
    tagged: BTreeMap<ProviderUuid, BTreeSet<String>>,
    seen: BTreeMap<(Identity, ProviderUuid), Sighting>,
    foreign: BTreeMap<String, Value>,
    /// Whether anybody interferes now.
    pub(super) lively: bool,
    pub(super) counts: Counts,
    pub(super) violations: Vec<String>,
}

impl World {
    /// A root with an inventory and a foreign child; both are in use, and must stay as they are.
    pub(super) async fn new(root: RootUuid, root_name: &str, seed: u64) -> World {
        let (child, foreign) = (Uuid::new_v4(), FOREIGN.iter().copied().chain(["CUSTOM_WALK_ROOT"]));
        for name in foreign {
            done("PUT", &format!("/traits/{name}"), None).await;
        }
        let body = json!({ "uuid": child, "name": format!("{root_name}_vf"), "parent_provider_uuid": root.to_string() });
        done("POST", "/resource_providers", Some(&body)).await;
        for uuid in [root.to_string(), child.to_string()] {
            let target = format!("/resource_providers/{uuid}");
            let traits = json!({ "resource_provider_generation": 0, "traits": ["CUSTOM_WALK_ROOT"] });
            done("PUT", &format!("{target}/traits"), Some(&traits)).await;
            let inventories = json!({ "VCPU": { "total": 8 } });
            let body = json!({ "resource_provider_generation": 1, "inventories": inventories });
            done("PUT", &format!("{target}/inventories"), Some(&body)).await;
            take(ProviderUuid::new(uuid.parse().unwrap()), "VCPU").await.unwrap();
        }
        let mut foreign = BTreeMap::new();
        for uuid in [root.to_string(), child.to_string()] {
            foreign.insert(uuid.clone(), whole(&uuid).await);
        }
        let (lot, counts) = (Lot::new(seed), Counts::default());
        let (consumers, tagged, seen, violations) = (vec![], BTreeMap::new(), BTreeMap::new(), vec![]);
        World { root, lot, consumers, tagged, seen, foreign, lively: false, counts, violations }
    }

    /// Somebody does something, or nobody does anything.
    pub(super) async fn stir(&mut self) {
        let ours: Vec<ProviderUuid> = self.seen.keys().map(|(_, uuid)| *uuid).collect();
        // Mostly where there is room, or nearly every allocation would be refused and little would drain.
        let room = self.seen.iter().filter(|((_, uuid), sighting)| sighting.offered > self.held(*uuid));
        let room: Vec<ProviderUuid> = room.map(|((_, uuid), _)| *uuid).collect();
        match self.lot.below(10) {
            0..=5 if !ours.is_empty() => {
                let among = if room.is_empty() || self.lot.below(6) == 0 { &ours } else { &room };
                let provider = *self.lot.one_of(among);
                match take(provider, "VGPU").await {
                    Ok(consumer) => {
                        self.counts.allocated += 1;
                        self.consumers.push((consumer, provider));
                    }
                    Err(_) => self.counts.refused += 1,
                }
            }
            6 | 7 if !self.consumers.is_empty() => {
                let at = self.lot.below(self.consumers.len());
                let (consumer, _) = self.consumers.remove(at);
                done("DELETE", &format!("/allocations/{consumer}"), None).await;
                self.counts.freed += 1;
            }
            8 if !self.consumers.is_empty() => self.migrate().await,
            9 if !ours.is_empty() => {
                let (provider, name) = (*self.lot.one_of(&ours), *self.lot.one_of(&FOREIGN));
                if add_trait(provider, name).await {
                    self.counts.tagged += 1;
                    self.tagged.entry(provider).or_default().insert(name.to_owned());
                }
            }
            _ => {}
        }
    }

    /// An allocation changes hands, as when a guest is migrated; on a draining provider too.
    async fn migrate(&mut self) {
        let at = self.lot.below(self.consumers.len());
        let (from, provider) = self.consumers[at];
        let to = Uuid::new_v4();
        let generation = get(&format!("/allocations/{from}")).await["consumer_generation"].clone();
        let entry = |allocations: Value, generation: Value| {
            json!({ "allocations": allocations, "project_id": "live", "user_id": "live",
                "consumer_generation": generation })
        };
        let unit = json!({ provider.to_string(): { "resources": { "VGPU": 1 } } });
        let body = json!({ from.to_string(): entry(json!({}), generation), to.to_string(): entry(unit, Value::Null) });
        let (status, answer) = call("POST", "/allocations", Some(&body)).await;
        if status == 204 {
            self.counts.moved += 1;
            self.consumers[at].0 = to;
        } else {
            self.violations.push(format!("a guest on {provider} cannot be moved: {status} {answer}"));
        }
    }

    fn held(&self, provider: ProviderUuid) -> u32 {
        u32::try_from(self.consumers.iter().filter(|(_, on)| *on == provider).count()).unwrap()
    }

    /// Looks at what can have changed: everybody whose generation moved. What is allocated is known, because
    /// nobody but us allocates here; that this is so is the matter of [`World::count`].
    pub(super) async fn check(&mut self, after: &str) {
        self.counts.checks += 1;
        let listing = listing(self.root).await;
        let mut seen = BTreeMap::new();
        for listed in listing.iter().filter(|listed| !self.foreign.contains_key(text(&listed["uuid"]))) {
            let (uuid, generation) = (text(&listed["uuid"]), listed["generation"].as_u64().unwrap());
            let identity = Identity::from_name(text(&listed["name"])).expect("nobody else makes providers");
            let key = (identity, identity.uuid(self.root));
            let known = self.seen.remove(&key).filter(|known| known.generation == generation);
            let sighting = match known {
                Some(known) => known,
                None => Sighting { generation, ..sight(uuid).await },
            };
            seen.insert(key, sighting);
        }
        let mut found: Vec<String> = self
            .seen
            .keys()
            .map(|(gone, _)| format!("the provider of {} {} has gone", gone.address, gone.kind))
            .collect();
        self.seen = seen;
        let units = |(identity, uuid): &(Identity, ProviderUuid), sighting: &Sighting| {
            (*identity, sighting.offered.max(self.held(*uuid)))
        };
        found.extend(broken(self.seen.iter().map(|(key, sighting)| units(key, sighting))));
        for ((identity, uuid), sighting) in &self.seen {
            let foreign = |name: &&String| Claim::decode(&name.parse().unwrap()).is_none();
            let foreign: BTreeSet<String> = sighting.traits.iter().filter(foreign).cloned().collect();
            if foreign != self.tagged.get(uuid).cloned().unwrap_or_default() {
                found.push(format!("foreign traits of {} {}: {foreign:?}", identity.address, identity.kind));
            }
            if sighting.offered > 0 && sighting.traits.len() - foreign.len() < 4 {
                found.push(format!(
                    "{} {} is schedulable without its traits",
                    identity.address, identity.kind
                ));
            }
        }
        self.violations.extend(found.into_iter().map(|what| format!("after {after}: {what}")));
    }

    /// Looks at everything anew, whatever the generations say.
    pub(super) async fn audit(&mut self, after: &str) {
        self.seen.values_mut().for_each(|sighting| sighting.generation = u64::MAX);
        self.check(after).await;
        for (uuid, before) in &self.foreign {
            let now = whole(uuid).await;
            if now != *before {
                self.violations.push(format!("after {after}: a foreign provider was {before} and is {now}"));
            }
        }
        self.count(after).await;
    }

    /// Compares the allocations one by one.
    pub(super) async fn count(&mut self, after: &str) {
        for (_, uuid) in self.seen.keys() {
            let there = part(&uuid.to_string(), "allocations").await;
            let one = json!({ "VGPU": 1 });
            let there: BTreeMap<Uuid, bool> = there
                .as_object()
                .unwrap()
                .iter()
                .map(|(c, a)| (c.parse().unwrap(), a["resources"] == one))
                .collect();
            let made =
                self.consumers.iter().filter(|(_, on)| on == uuid).map(|(consumer, _)| (*consumer, true));
            if there != made.collect() {
                self.violations.push(format!("after {after}: allocations on {uuid} are {there:?}"));
            }
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

async fn sight(uuid: &str) -> Sighting {
    let traits = serde_json::from_value(part(uuid, "traits").await).unwrap();
    let inventory = part(uuid, "inventories").await["VGPU"].clone();
    let figure = |key: &str| u32::try_from(inventory[key].as_u64().unwrap_or(0)).unwrap();
    Sighting { generation: 0, offered: figure("total") - figure("reserved"), traits }
}

/// Everything that Placement says of a provider, generation and name included.
async fn whole(uuid: &str) -> Value {
    let target = format!("/resource_providers/{uuid}");
    let mut all = vec![get(&target).await];
    for part in ["traits", "inventories", "usages", "allocations"] {
        all.push(get(&format!("{target}/{part}")).await);
    }
    Value::Array(all)
}
