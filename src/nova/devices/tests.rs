use super::read_devices;
use crate::model::{NovaView, PciAddress, PciDeviceId, VgpuTypeId};
use crate::nova::oslo::Search;

fn read(text: &str) -> NovaView {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nova.conf");
    std::fs::write(&file, text).unwrap();
    read_devices(&Search { files: Some(vec![file]), directories: Some(vec![]), ..Search::default() })
}

fn at(text: &str) -> PciAddress {
    text.parse().unwrap()
}

fn a100() -> PciDeviceId {
    "20b0".parse().unwrap()
}

fn problems(view: &NovaView) -> Vec<String> {
    view.problems
        .iter()
        .map(|finding| format!("{} {}: {}", finding.code, finding.subject, finding.seen))
        .collect()
}

#[test]
fn types_have_addresses_or_are_the_default() {
    let view = read(
        "[devices]\nenabled_mdev_types = nvidia-474, nvidia-475\n\
         [mdev_nvidia-474]\ndevice_addresses = 0000:41:00.4,0000:41:00.5\nmax_instances = 2\n\
         [MDEV_nvidia-475]\nmdev_class = CUSTOM_VGPU_BIG\n",
    );
    assert_eq!(problems(&view), [""; 0]);
    let named = view.mdev_type_of(at("0000:41:00.5")).unwrap();
    assert_eq!((named.vgpu_type(), named.max_instances), (Some(VgpuTypeId::new(474)), Some(2)));
    assert_eq!(named.class, "VGPU");
    let other = view.mdev_type_of(at("0000:81:00.0")).unwrap();
    assert_eq!((other.name.as_str(), other.class.as_str()), ("nvidia-475", "CUSTOM_VGPU_BIG"));
    assert_eq!(read("[DEFAULT]\n").mdev_type_of(at("0000:41:00.5")), None);
}

#[test]
fn older_names_are_read() {
    let view = read(
        "[devices]\nenabled_vgpu_types = nvidia-35\n[vgpu_nvidia-35]\ndevice_addresses = 0000:84:00.0\n\
         [DEFAULT]\npci_passthrough_whitelist = {\"vendor_id\": \"10de\"}\n",
    );
    assert_eq!(view.mdev_types[0].addresses, [at("0000:84:00.0")]);
    assert_eq!(view.device_specs.len(), 1);
}

#[test]
fn what_nova_compute_does_not_accept_is_said() {
    let view = read(
        "[devices]\nenabled_mdev_types = nvidia-1, nvidia-2, nvidia-3, nvidia-4\n\
         [mdev_nvidia-1]\n[mdev_nvidia-2]\n\
         [mdev_nvidia-3]\ndevice_addresses = 41:00.0, 0000:41:00.4\nmdev_class = vgpu\nmax_instances = many\n\
         [mdev_nvidia-4]\ndevice_addresses = 0000:41:00.4\n",
    );
    let said = problems(&view);
    let expected = [
        "[mdev_nvidia-2]: it has no device_addresses, and nvidia-1 is the default",
        "[mdev_nvidia-3]device_addresses: \"41:00.0\" is not a valid PCI address",
        "[mdev_nvidia-3]mdev_class: \"vgpu\" is neither VGPU nor CUSTOM_…",
        "[mdev_nvidia-3]max_instances: \"many\" is no number",
        "[mdev_nvidia-4]: 0000:41:00.4 is in [mdev_nvidia-3] too",
    ];
    assert_eq!(said.len(), expected.len(), "{said:#?}");
    for (said, expected) in said.iter().zip(expected) {
        assert!(said.contains(expected), "{said}");
    }
    assert_eq!(view.mdev_types.len(), 3);
}

#[test]
fn device_specs_match_functions_and_whole_gpus() {
    let view = read(
        "[pci]\nreport_in_placement = True\n\
         device_spec = {\"vendor_id\": \"15b3\", \"address\": \"*:*:*.*\"}\n\
         device_spec = {\"devname\": \"eth0\"}\n\
         device_spec = {\"vendor_id\": \"10de\", \"product_id\": \"20b0\", \"address\": \"0000:41:00.0\", \
         \"managed\": \"no\", \"resource_class\": \"VGPU\", \"traits\": \"CUSTOM_A, CUSTOM_B\"}\n\
         device_spec = [{\"address\": {\"bus\": \"8[12]\", \"function\": \"[4-7]\"}}]\n",
    );
    assert_eq!(problems(&view), [""; 0]);
    assert!(view.pci_in_placement);
    let pf = at("0000:41:00.0");
    let of = |function, parent| view.device_spec_of(at(function), parent, a100());
    let named = of("0000:41:00.4", Some(pf)).unwrap();
    assert_eq!((named.managed, named.class.as_deref(), named.traits.len()), (false, Some("VGPU"), 2));
    assert!(named.place.ends_with("nova.conf:5"), "{}", named.place);
    assert!(of("0000:41:00.0", None).is_some());
    assert!(of("0000:41:00.4", None).is_none(), "only through its physical function");
    assert!(of("0000:82:00.5", Some(at("0000:82:00.0"))).is_some());
    assert!(of("0000:82:00.3", Some(at("0000:82:00.0"))).is_none());
    assert!(view.device_spec_of(pf, None, "2230".parse().unwrap()).is_none(), "another board");
}

#[test]
fn bad_device_specs_are_named_by_file_and_line() {
    for (text, expected) in [
        ("[]x", "no JSON"),
        ("7", "neither a JSON object nor a list"),
        ("[7]", "an entry is no JSON object"),
        ("{\"vendor_id\": 4318}", "vendor_id is 4318, which is no string"),
        ("{\"product_id\": \"xyz\"}", "product_id \"xyz\" is no hexadecimal"),
        ("{\"address\": \"0000:41:00.9\"}", "\"0000:41:00.9\" is not a valid PCI address"),
        ("{\"address\": {\"bus\": \"(\"}}", "\"(\" is not a valid bus"),
        ("{\"address\": []}", "neither a string nor an object"),
        ("{\"managed\": \"perhaps\"}", "managed is \"perhaps\""),
    ] {
        let view = read(&format!("[pci]\ndevice_spec = {text}\n"));
        let said = problems(&view);
        assert!(said.len() == 1 && said[0].contains(expected), "{text}: {said:?}");
        assert!(said[0].contains("nova.conf:2"), "{said:?}");
        assert_eq!(view.device_specs.len(), 0);
    }
}

#[test]
fn aliases_are_read_in_order() {
    let view = read(
        "[pci]\nalias = {\"name\": \" small \", \"resource_class\": \"CUSTOM_SMALL\", \"traits\": \"CUSTOM_A,!CUSTOM_B\"}\n\
         alias = {\"name\": \"ids\", \"vendor_id\": \"10de\", \"product_id\": \"20b0\", \"device_type\": \"type-VF\"}\n\
         [DEFAULT]\npci_alias = {\"name\": \"old\"}\n",
    );
    assert_eq!(problems(&view), [""; 0]);
    let names: Vec<&str> = view.pci_aliases.iter().map(|alias| alias.name.as_str()).collect();
    assert_eq!(names, ["old", "small", "ids"]);
    let [_, small, ids] = view.pci_aliases.as_slice() else { panic!() };
    assert_eq!((small.class.as_deref(), small.traits.len()), (Some("CUSTOM_SMALL"), 2));
    assert_eq!(
        (ids.vendor, ids.product, ids.device_type.as_deref()),
        (Some(0x10de), Some(0x20b0), Some("type-VF"))
    );
    for (text, expected) in
        [("[]", "no JSON object"), ("{}", "no name"), ("{\"name\": \"x\", \"vendor_id\": 7}", "no string")]
    {
        let said = problems(&read(&format!("[pci]\nalias = {text}\n")));
        assert!(
            said.len() == 1 && said[0].contains(expected) && said[0].contains("nova.conf:2"),
            "{text}: {said:?}"
        );
    }
}

#[test]
fn files_that_cannot_be_read_are_a_problem_and_no_failure() {
    let view = read_devices(&Search {
        files: Some(vec!["/nonexistent/nova.conf".into()]),
        directories: Some(vec![]),
        ..Search::default()
    });
    let said = problems(&view);
    assert!(said.len() == 1 && said[0].contains("not known which GPUs Nova reports"), "{said:?}");
    let view = read("[pci]\nreport_in_placement = maybe\n[devices]\nenabled_mdev_types = $unknown\n");
    assert_eq!(problems(&view).len(), 2, "{:?}", problems(&view));
    assert_eq!(view.files.len(), 1);
}
