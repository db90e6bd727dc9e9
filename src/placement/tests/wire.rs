use crate::model::{AllocationRatio, Inventory};
use crate::placement::answer::Answer;
use crate::placement::wire::{InventoriesBody, ProvidersBody};
use crate::placement::{Call, ListedProvider, Microversion};

fn answer(text: &str) -> Answer {
    let call = Call { method: "GET".to_owned(), path: "/x".to_owned(), request_id: "req-1".to_owned() };
    Answer { call: Box::new(call), url: "http://p".to_owned(), text: text.to_owned() }
}

#[test]
fn a_listing_is_read_with_fields_that_nobody_knows_yet() {
    let text = r#"{"resource_providers": [{"uuid": "3d41afac-a3e2-4919-8c74-96388397a90c", "name": "cmp1",
        "generation": 2, "links": [{"rel": "self", "href": "/"}], "parent_provider_uuid": null,
        "root_provider_uuid": "3d41afac-a3e2-4919-8c74-96388397a90c", "colour": "green"}], "more": 1}"#;
    let body: ProvidersBody = answer(text).json().unwrap();
    let listed: Vec<ListedProvider> = body.resource_providers.into_iter().map(Into::into).collect();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].name.as_str(), listed[0].parent, listed[0].generation.get()), ("cmp1", None, 2));
}

#[test]
fn an_inventory_keeps_a_ratio_that_somebody_else_has_set() {
    let text = r#"{"resource_provider_generation": 7, "inventories": {"VGPU": {"total": 4, "reserved": 1,
        "min_unit": 1, "max_unit": 2147483647, "step_size": 1, "allocation_ratio": 1.5}}}"#;
    let (generation, inventories) = answer(text).inventories().unwrap();
    assert_eq!(generation.get(), 7);
    let vgpu = inventories.values().next().unwrap();
    let expected = Inventory {
        total: 4,
        reserved: 1,
        min_unit: 1,
        max_unit: 2_147_483_647,
        step_size: 1,
        allocation_ratio: AllocationRatio(1.5),
    };
    assert_eq!(vgpu, &expected);
    let body = InventoriesBody {
        resource_provider_generation: 7,
        inventories: [("VGPU".to_owned(), vgpu.into())].into(),
    };
    let sent: serde_json::Value = serde_json::to_value(body).unwrap();
    assert_eq!(sent, serde_json::from_str::<serde_json::Value>(text).unwrap());
}

#[test]
fn nonsense_names_field_and_request() {
    for (text, named) in [
        (
            r#"{"resource_provider_generation": 7, "inventories": {"VGPU": {"total": "four"}}}"#,
            "inventories.VGPU.total",
        ),
        (r#"{"inventories": {}}"#, "missing field `resource_provider_generation`"),
        (r#"{"resource_provider_generation": -1, "inventories": {}}"#, "resource_provider_generation"),
        (r#"{"resource_provider_generation": 1, "inventories": {}} <br>"#, "trailing characters"),
        (r#"{"resource_provider_generation": 1, "inventories": {}"#, "EOF"),
        ("<html>", "expected value"),
    ] {
        let error = answer(text).inventories().unwrap_err().to_string();
        assert!(error.contains(named) && error.contains("GET /x (req-1)"), "{error}");
    }
    let odd = r#"{"resource_provider_generation": 1, "traits": ["no spaces please"]}"#;
    assert!(answer(odd).traits().unwrap_err().to_string().contains("no spaces please"));
}

#[test]
fn microversions_compare_as_numbers() {
    let of = |text: &str| text.parse::<Microversion>().unwrap();
    assert!(of("1.9") < of("1.28") && of("1.39") < of("2.0"));
    for bad in ["", "1", "1.x", "latest", "1.2.3"] {
        assert!(bad.parse::<Microversion>().is_err(), "{bad}");
    }
}
