use crate::model::Reason;

#[test]
fn one_is_told_as_one() {
    let ill = |units, ill| Reason::PartlyIll { units, ill, what: "XID 62".to_owned() };
    for (reason, said) in [
        (Reason::Cut { units: 1, plain: "1g.5gb".to_owned() }, "1 GPU instance 1g.5gb exists"),
        (Reason::Cut { units: 2, plain: "1g.5gb".to_owned() }, "2 GPU instances 1g.5gb exist"),
        (
            Reason::Withheld { units: 1, allowed: 0 },
            "1 exists, but guests of an earlier cut still hold slots: 0 may be allocated",
        ),
        (Reason::OverPromised { used: 2, units: 1 }, "2 are allocated, but only 1 exists"),
        (ill(1, 1), "1 exists, reserved because not well: XID 62"),
        (ill(2, 2), "2 exist, all reserved because not well: XID 62"),
        (ill(7, 2), "7 exist, 2 of them reserved because not well: XID 62"),
    ] {
        assert_eq!(reason.to_string(), said);
    }
}
