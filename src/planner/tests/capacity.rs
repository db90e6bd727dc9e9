//! What a GPU can give, row by row of the table.

use super::build::*;
use crate::model::*;
use crate::planner::{Policy, capacity};

fn policy(types: &[&str]) -> Policy {
    Policy { vgpu_types: types.iter().map(|text| text.parse().unwrap()).collect(), ..Policy::default() }
}

/// `kind units` of each offer.
fn offers(gpu: &Gpu, types: &[&str]) -> Vec<String> {
    let offers = capacity::of(gpu, &policy(types)).offers;
    offers.iter().map(|offer| format!("{} {}", offer.identity.kind, offer.units)).collect()
}

fn lacks(gpu: &Gpu, types: &[&str]) -> Vec<String> {
    capacity::of(gpu, &policy(types)).lacks.iter().map(ToString::to_string).collect()
}

fn traits(gpu: &Gpu, types: &[&str]) -> Vec<String> {
    let offers = capacity::of(gpu, &policy(types)).offers;
    let claims = offers.iter().flat_map(|offer| &offer.claims).map(ToString::to_string);
    claims.map(|name| name.replace("CUSTOM_NVIDIA_", "")).collect()
}

const ONES: [(u32, u32); 3] = [(19, 0), (19, 1), (19, 2)];

fn mdev_of(gpu: &mut Gpu, parent: PciAddress, number: u128, vgpu_type: u32) {
    let uuid = uuid::Uuid::from_u128(number);
    let vgpu_type = VgpuTypeId::new(vgpu_type);
    gpu.mediated.insert(uuid, MediatedDevice { uuid, parent, vgpu_type });
}

/// The mdev layout: what each function says is available of each type.
fn mdev(available: &[(u32, u32)], most: Option<u32>) -> VgpuInterface {
    let types = available.iter().map(|(id, available)| {
        let told = MdevType {
            name: format!("type {id}"),
            available: *available,
            max_instances: most,
            framebuffer_mib: None,
        };
        (VgpuTypeId::new(*id), told)
    });
    VgpuInterface::Mdev { types: types.collect() }
}

#[test]
fn mig_without_vgpu_types_gives_its_instances() {
    assert_eq!(offers(&gpu(A, &[(19, 0), (19, 1), (9, 4)]), &[]), ["mig-9 1", "mig-19 2"]);
    assert_eq!(
        offers(&gpu(A, &ONES), &["GRID A100-1-5C"]),
        ["mig-19 3"],
        "no vGPU host: nothing to choose from"
    );
}

#[test]
fn types_that_functions_have_are_offered_in_place_of_the_profile() {
    let cut = with_vgpus(gpu(A, &[(19, 0), (19, 1), (9, 4)]), &A100_TYPES, 7);
    assert_eq!(
        offers(&typed(cut.clone(), &[474, 474, 474]), &[]),
        ["mig-9 1", "vgpu-474 2"],
        "two instances"
    );
    assert_eq!(offers(&typed(cut.clone(), &[474]), &[]), ["mig-9 1", "vgpu-474 1"], "one function has it");
    assert_eq!(offers(&typed(cut, &[474, 476, 476]), &[]), ["vgpu-476 1", "vgpu-474 1"]);
}

#[test]
fn policy_names_the_type_where_functions_have_none() {
    let cut = with_vgpus(gpu(A, &ONES), &A100_TYPES, 7);
    assert_eq!(offers(&cut, &["GRID A100-1-5C"]), ["vgpu-474 3"]);
    assert_eq!(offers(&cut, &["GRID A100-2-10C"]), ["mig-19 3"], "a type of another profile");
    // The same when some of them got it meanwhile.
    assert_eq!(offers(&typed(cut, &[474, 474]), &["GRID A100-1-5C"]), ["vgpu-474 3"]);
    let few = with_vgpus(gpu(A, &ONES), &A100_TYPES, 2);
    assert_eq!(offers(&few, &["GRID A100-1-5C"]), ["vgpu-474 2"], "two functions carry two");
    let none = with_vgpus(gpu(A, &ONES), &A100_TYPES, 0);
    assert_eq!(offers(&none, &["GRID A100-1-5C"]), [""; 0]);
    assert_eq!(lacks(&none, &["GRID A100-1-5C"]), ["no PCI function of it can carry a GRID A100-1-5C now"]);
}

#[test]
fn a_function_without_a_type_is_promised_to_one_type_only() {
    let cut = with_vgpus(gpu(A, &[(19, 4), (19, 5), (14, 0), (14, 2)]), &A100_TYPES, 3);
    let both = ["GRID A100-1-5C", "GRID A100-2-10C"];
    assert_eq!(offers(&cut, &both), ["vgpu-475 2", "vgpu-474 1"]);
}

#[test]
fn time_sliced_types_inside_an_instance_multiply() {
    let types = [(900, "NVIDIA X-1-2C", 2, 21, Some((19, 3))), (901, "NVIDIA X-1-5C", 5, 7, Some((19, 1)))];
    let cut = with_vgpus(gpu(A, &ONES[..2]), &types, 7);
    assert_eq!(offers(&cut, &["900"]), ["vgpu-900 6"]);
    assert_eq!(offers(&typed(cut.clone(), &[900, 900, 901]), &[]), ["vgpu-900 2", "vgpu-901 1"]);
    assert_eq!(
        traits(&cut, &["900"]),
        ["1G5GB", "BOARD_A100_SXM4_40GB", "MIG", "PLACEMENT_AGENT", "TIME_SLICED", "VGPU_X_1_2C"]
    );
    assert_eq!(
        traits(&cut, &["901"]),
        ["1G5GB", "BOARD_A100_SXM4_40GB", "MIG", "PLACEMENT_AGENT", "VGPU_X_1_5C"]
    );
}

#[test]
fn out_of_mig_mode_functions_with_a_type_count_up_to_its_maximum() {
    let sliced = uncut(with_vgpus(gpu(A, &[]), &A100_TYPES, 7));
    assert_eq!(offers(&typed(sliced.clone(), &[470, 470]), &[]), ["vgpu-470 2"]);
    assert_eq!(offers(&typed(sliced.clone(), &[470; 7]), &[]), ["vgpu-470 4"], "four is the most");
    assert_eq!(offers(&typed(sliced.clone(), &[470, 471, 470]), &[]), ["vgpu-470 2", "vgpu-471 1"]);
    assert_eq!(
        traits(&typed(sliced, &[470]), &[]),
        ["BOARD_A100_SXM4_40GB", "PLACEMENT_AGENT", "TIME_SLICED", "VGPU_A100_10C"]
    );
}

#[test]
fn out_of_mig_mode_without_a_type_policy_decides_or_nothing_is_offered() {
    let sliced = uncut(with_vgpus(gpu(A, &[]), &A100_TYPES, 7));
    assert_eq!(offers(&sliced, &["GRID A100-10C"]), ["vgpu-470 4"]);
    assert_eq!(offers(&sliced, &["GRID A100-10C", "GRID A100-20C"]), ["vgpu-470 4"], "the first that fits");
    assert_eq!(offers(&sliced, &["GRID A100-1-5C"]), [""; 0], "a type of a GPU instance");
    let lacks = capacity::of(&sliced, &Policy::default()).lacks;
    let choices = vec!["GRID A100-10C".to_owned(), "GRID A100-20C".to_owned()];
    assert_eq!(lacks, [Reason::NoType { choices }]);
    let mut mixed = sliced.clone();
    mixed.vgpu.heterogeneous = Some(true);
    mixed.vgpu.types.get_mut(&VgpuTypeId::new(470)).unwrap().max_instances = Some(6);
    assert_eq!(
        offers(&mixed, &["GRID A100-10C"]),
        ["vgpu-470 4"],
        "six of one size are four where sizes mix"
    );
    let mut unknown = sliced;
    unknown.vgpu.types.get_mut(&VgpuTypeId::new(470)).unwrap().max_instances = None;
    assert_eq!(offers(&unknown, &["GRID A100-10C"]), [""; 0], "nobody knows how many");
    assert_eq!(offers(&typed(unknown, &[470]), &["GRID A100-10C"]), ["vgpu-470 1"], "but one is there");
}

#[test]
fn a_gpu_without_vgpus_says_so() {
    assert_eq!(lacks(&uncut(gpu(A, &[])), &[]), ["MIG is off, and no vGPU type is in use"]);
}

#[test]
fn a_type_that_the_gpu_cannot_give_as_it_is_is_named_and_not_offered() {
    let cut = typed(with_vgpus(gpu(A, &ONES), &A100_TYPES, 7), &[470, 474, 999]);
    assert_eq!(offers(&cut, &[]), ["vgpu-474 1"]);
    assert_eq!(
        lacks(&cut, &[]),
        [
            "1 PCI function has vGPU type GRID A100-10C, which needs the other MIG mode",
            "1 PCI function has vGPU type nvidia-999, which the driver does not describe",
        ]
    );
    let sliced = typed(uncut(with_vgpus(gpu(A, &[]), &A100_TYPES, 7)), &[474, 474]);
    assert_eq!(offers(&sliced, &[]), [""; 0]);
    assert_eq!(
        lacks(&sliced, &[])[0],
        "2 PCI functions have vGPU type GRID A100-1-5C, which needs the other MIG mode"
    );
}

#[test]
fn mediated_devices_on_virtual_functions_count_with_what_is_available() {
    let mut cut = with_vgpus(gpu(A, &ONES), &A100_TYPES, 7);
    let functions: Vec<PciAddress> = cut.functions.keys().copied().collect();
    for function in cut.functions.values_mut() {
        function.interface = mdev(&[(474, 1), (475, 0)], None);
    }
    assert_eq!(offers(&cut, &[]), ["mig-19 3"], "nobody chose a type");
    assert_eq!(offers(&cut, &["474"]), ["vgpu-474 3"]);
    mdev_of(&mut cut, functions[0], 1, 474);
    assert_eq!(offers(&cut, &[]), ["vgpu-474 3"], "one is there, and others can be made");
    // The instances are full: nothing is available any more, and nothing changes.
    mdev_of(&mut cut, functions[1], 2, 474);
    mdev_of(&mut cut, functions[2], 3, 474);
    for function in cut.functions.values_mut() {
        function.interface = mdev(&[(474, 0), (475, 0)], None);
    }
    assert_eq!(offers(&cut, &[]), ["vgpu-474 3"]);
}

#[test]
fn a_gpu_without_virtual_functions_offers_the_maximum_of_its_type() {
    let mut t4 = gpu(A, &[]);
    t4.mig = MigMode::Unsupported;
    t4.profiles.clear();
    let mut t4 = with_vgpus(t4, &[(222, "GRID T4-1B", 1, 16, None), (230, "GRID T4-16Q", 16, 1, None)], 0);
    t4.sriov = None;
    t4.vgpu.host_mode = Some(HostVgpuMode::NonSriov);
    t4.interface = mdev(&[(222, 16), (230, 1)], Some(16));
    assert_eq!(offers(&t4, &["GRID T4-1B"]), ["vgpu-222 16"]);
    let here = t4.address;
    for number in 0..3 {
        mdev_of(&mut t4, here, number, 222);
    }
    t4.interface = mdev(&[(222, 13), (230, 0)], Some(16));
    assert_eq!(offers(&t4, &[]), ["vgpu-222 16"]);
    // All of one size: policy's other type has to wait until they are gone.
    assert_eq!(offers(&t4, &["GRID T4-16Q"]), ["vgpu-222 16"]);
    assert_eq!(lacks(&t4, &["GRID T4-16Q"]), ["no PCI function of it can carry a GRID T4-16Q now"]);
}

#[test]
fn mig_that_is_about_to_change_offers_nothing_new() {
    let sliced = typed(uncut(with_vgpus(gpu(A, &[]), &A100_TYPES, 7)), &[470, 470]);
    let starting = MigMode::Supported { current: MigState::Off, pending: MigState::On };
    let starting = Gpu { mig: starting, ..sliced };
    assert_eq!(offers(&starting, &["GRID A100-10C"]), [""; 0]);
    let cut = typed(with_vgpus(gpu(A, &ONES), &A100_TYPES, 7), &[474]);
    let ending = MigMode::Supported { current: MigState::On, pending: MigState::Off };
    assert_eq!(offers(&Gpu { mig: ending, ..cut }, &[]), [""; 0]);
}
