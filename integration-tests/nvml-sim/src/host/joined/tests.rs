#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use crate::host::{Gpu, Host};

const A100: &str = r#"
address = "0000:41:00.0"
model = "A100-40GB"
mig = "on"
instances = [{ profile = "1g.5gb", start = 0, id = 40 }, { profile = "1g.5gb", start = 1, id = 41 }]
"#;
const A40: &str = "address = \"0000:81:00.0\"\nmodel = \"A40\"\n";

fn parsed(board: &str, lines: &str) -> Result<Gpu, String> {
    let host = Host::parse(&format!("[[gpu]]\n{board}\n{lines}\n")).map_err(|error| error.to_string())?;
    host.gpus.into_iter().next().ok_or_else(|| "no GPU".to_owned())
}

#[test]
fn functions_list_what_nvml_supports_and_can_still_make() {
    let lines = "sriov = { total = 16, functions = [{ index = 0, count = 2, current = \"GRID A100-1-5C\" }] }\n\
                 vgpu = { mode = \"sriov\" }";
    let gpu = parsed(A100, lines).unwrap_or_else(|error| panic!("{error}"));
    let (vgpu, sriov) = (gpu.vgpu.as_ref().unwrap(), gpu.bus.as_ref().unwrap().sriov.as_ref().unwrap());
    let listed: Vec<_> = sriov.types.iter().map(|one| (one.id, one.name.as_str())).collect();
    let supported: Vec<_> = vgpu.types.iter().map(|one| (one.id, one.name.as_str())).collect();
    assert_eq!(listed, supported);
    assert_eq!(sriov.functions.iter().filter(|function| function.current == 474).count(), 2);
    assert_eq!(vgpu.creatable, [474], "no vGPU runs, so NVML would make them");
    assert!(sriov.types.iter().all(|one| one.available == Some(0)), "and each instance is spoken for");
}

#[test]
fn a_vgpu_that_runs_is_on_its_function_in_both_layouts() {
    let active = |layout: &str| {
        format!(
            "sriov = {{ total = 16, layout = \"{layout}\" }}\n\
             vgpu = {{ mode = \"sriov\", active = [{{ type = \"GRID A100-1-5C\", instance = 41, function = 3 }}] }}"
        )
    };
    let vendor = parsed(A100, &active("vendor")).unwrap();
    let bus = vendor.bus.unwrap();
    let function = &bus.sriov.as_ref().unwrap().functions[3];
    assert_eq!((function.current, function.gpu_instance, function.placement), (474, Some(41), Some(0)));
    assert!(bus.mdevs.is_empty());

    let mdev = parsed(A100, &active("mdev")).unwrap();
    let bus = mdev.bus.unwrap();
    let told = mdev.vgpu.unwrap().active[0].mdev.clone().unwrap();
    let [made] = bus.mdevs.as_slice() else { panic!("{:?}", bus.mdevs) };
    assert_eq!((made.uuid.as_str(), made.function, made.vgpu_type), (told.as_str(), Some(3), 474));
}

#[test]
fn without_sriov_the_physical_function_hands_out_what_nvml_supports() {
    let uuid = "c8a3b1d4-0000-4000-8000-000000000001";
    let lines = format!(
        "vgpu = {{ mode = \"non-sriov\", active = [{{ type = \"NVIDIA A40-48Q\", mdev = \"{uuid}\" }}] }}"
    );
    let gpu = parsed(A40, &lines).unwrap();
    let bus = gpu.bus.unwrap();
    assert_eq!(bus.mdev_types.len(), gpu.vgpu.unwrap().types.len());
    assert!(bus.mdev_types.iter().all(|one| one.available == Some(0)), "the card is full");
    assert_eq!(
        bus.mdevs.iter().map(|mdev| (mdev.uuid.as_str(), mdev.function)).collect::<Vec<_>>(),
        [(uuid, None)]
    );
}

#[test]
fn sides_that_do_not_agree_are_refused() {
    let mdev = "mdevs = [{ uuid = \"c8a3b1d4-0000-4000-8000-000000000001\", function = 0, type = 474 }]";
    let active = |what: &str| {
        format!(
            "vgpu = {{ mode = \"sriov\", active = [{{ type = \"GRID A100-1-5C\", instance = 40, {what} }}] }}"
        )
    };
    for (lines, said) in [
        ("sriov = { total = 4, types = [474, { id = 475, name = \"GRID A100-1-5C\" }] }\nvgpu = { mode = \"sriov\" }".to_owned(), "NVML has `GRID A100-2-10C` as type 475"),
        ("sriov = { total = 4, types = [{ id = 9, name = \"x\" }] }\nvgpu = { mode = \"sriov\" }".to_owned(), "NVML has nothing as type 9"),
        ("sriov = { total = 4, types = [\"NVIDIA A40-1B\"] }\nvgpu = { mode = \"sriov\" }".to_owned(), "type `NVIDIA A40-1B` is not listed"),
        (format!("sriov = {{ total = 4 }}\n{}", active("function = 4")), "there is no function 4"),
        (format!("sriov = {{ total = 4, functions = [{{ index = 1, current = 475 }}] }}\n{}", active("function = 1")), "function 1 has type 475"),
        (format!("sriov = {{ total = 4, layout = \"mdev\" }}\n{mdev}\n{}", active("function = 0")), "has a mediated device already"),
        (
            format!("sriov = {{ total = 4, layout = \"mdev\" }}\n{}\n{}", mdev.replace("474", "475"), active("mdev = \"c8a3b1d4-0000-4000-8000-000000000001\"")),
            "of another type",
        ),
    ] {
        let error = parsed(A100, &lines).err().unwrap_or_default();
        assert!(error.contains(said), "{lines}\n{error}");
    }
}
