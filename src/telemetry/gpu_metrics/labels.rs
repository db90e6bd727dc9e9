//! Names. Those of dcgm-exporter where it has one, so that both join; what stands for a part of a GPU in Placement
//! beside them.

use std::collections::BTreeMap;

use crate::model::{
    Claim, Gpu, GpuInstanceId, Identity, Kind, ObservedTree, ProviderUuid, Status, VgpuInstanceId,
};
use crate::telemetry::out::Labels;

/// A provider as labels have it.
struct Provider {
    name: String,
    uuid: ProviderUuid,
    trait_name: Option<String>,
}

/// What names are made from.
pub(super) struct Naming<'a> {
    host: &'a str,
    providers: BTreeMap<Identity, Provider>,
}

impl<'a> Naming<'a> {
    pub(super) fn new(status: &Status, host: &'a str) -> Self {
        let providers = status.tree.as_ref().map(|tree| providers(tree)).unwrap_or_default();
        Naming { host, providers }
    }

    /// A GPU, as dcgm-exporter labels it.
    pub(super) fn gpu(&self, gpu: &Gpu, index: u32) -> Labels {
        vec![
            ("gpu", index.to_string()),
            ("UUID", gpu.uuid.clone()),
            // NVML's form: eight digits of domain.
            ("pci_bus_id", format!("0000{}", gpu.address).to_uppercase()),
            ("device", format!("nvidia{index}")),
            ("modelName", gpu.product.clone()),
            ("Hostname", self.host.to_owned()),
        ]
    }

    /// A GPU instance: profile and id as dcgm-exporter has them, its provider, and its guest where there is one.
    pub(super) fn instance(&self, gpu: &Gpu, id: GpuInstanceId) -> Labels {
        let mut labels = place(gpu, id);
        if let Some(instance) = gpu.instances.get(&id) {
            labels.extend(self.provider(gpu, Kind::Mig(instance.profile)));
        }
        let mut inside = gpu.vgpu.active.values().filter(|vgpu| vgpu.instance == Some(id));
        // Of several in turns, none is the one.
        if let (Some(vgpu), None) = (inside.next(), inside.next()) {
            labels.extend(vgpu.vm.clone().map(|vm| ("instance_uuid", vm)));
            if labels.iter().all(|(name, _)| *name != "provider") {
                labels.extend(self.provider(gpu, Kind::Vgpu(vgpu.vgpu_type)));
            }
        }
        labels
    }

    /// A vGPU: its type, where it lives, its provider, its guest.
    pub(super) fn vgpu(&self, gpu: &Gpu, id: VgpuInstanceId) -> Labels {
        let mut labels = vec![("vgpu", id.to_string())];
        let Some(vgpu) = gpu.vgpu.active.get(&id) else { return labels };
        labels.push(("vgpu_type", gpu.type_name(vgpu.vgpu_type)));
        labels.extend(vgpu.instance.map(|id| place(gpu, id)).unwrap_or_default());
        let of_type = self.provider(gpu, Kind::Vgpu(vgpu.vgpu_type));
        // Where no type is offered, its GPU instance is.
        let home = vgpu.instance.and_then(|id| gpu.instances.get(&id)).filter(|_| of_type.is_empty());
        labels.extend(of_type);
        labels.extend(home.map(|home| self.provider(gpu, Kind::Mig(home.profile))).unwrap_or_default());
        labels.extend(vgpu.vm.clone().map(|vm| ("instance_uuid", vm)));
        labels
    }

    fn provider(&self, gpu: &Gpu, kind: Kind) -> Labels {
        let identity = Identity { address: gpu.address, board: gpu.board, kind };
        let Some(provider) = self.providers.get(&identity) else { return Labels::new() };
        let mut labels =
            vec![("provider", provider.name.clone()), ("provider_uuid", provider.uuid.to_string())];
        labels.extend(provider.trait_name.clone().map(|name| ("trait", name)));
        labels
    }
}

fn place(gpu: &Gpu, id: GpuInstanceId) -> Labels {
    let profile = gpu.instances.get(&id).and_then(|instance| gpu.profiles.get(&instance.profile));
    let mut labels: Labels =
        profile.map(|profile| ("GPU_I_PROFILE", profile.name.clone())).into_iter().collect();
    labels.push(("GPU_I_ID", id.to_string()));
    labels
}

fn providers(tree: &ObservedTree) -> BTreeMap<Identity, Provider> {
    let ours = tree.ours().map(|(identity, provider)| {
        let says_kind = |claim: &Claim| match identity.kind {
            Kind::Mig(_) => matches!(claim, Claim::Profile(_)),
            Kind::Vgpu(_) => matches!(claim, Claim::VgpuType(_)),
        };
        let claims = provider.traits.iter().find(|name| Claim::decode(name).as_ref().is_some_and(says_kind));
        let trait_name = claims.map(ToString::to_string);
        (identity, Provider { name: provider.name.clone(), uuid: provider.uuid, trait_name })
    });
    ours.collect()
}
