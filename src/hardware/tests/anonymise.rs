//! Other names for hosts, boards and guests.

use crate::hardware::Anonymiser;

const FIRST: &str = "11111111-2222-3333-4444-55555555555a";
const SECOND: &str = "99999999-2222-3333-4444-555555555555";

#[test]
fn equal_names_stay_equal_and_different_ones_different() {
    let mut names = Anonymiser::new(["cmp1.example.org".to_owned(), "cmp1".to_owned()]);
    names.learn_serial("1564720004631");
    names.learn_serial("1564720004631");
    names.learn_serial("99");
    let mut of = |text: &str| names.replaced(text);
    assert_eq!(of(&format!("GPU-{FIRST}")), "GPU-00000000-0000-4000-8000-000000000001");
    assert_eq!(of(SECOND), "00000000-0000-4000-8000-000000000002");
    assert_eq!(of(&FIRST.to_uppercase()), "00000000-0000-4000-8000-000000000001");
    assert_eq!(
        of("board 1564720004631, not 15647200046312; 99"),
        "board 0000000000001, not 15647200046312; 02"
    );
    assert_eq!(of("cmp1.example.org and cmp1, not cmp12 or xcmp1"), "host and host, not cmp12 or xcmp1");
}

#[test]
fn everything_else_is_as_it_was() {
    let mut names = Anonymiser::default();
    for text in [
        "",
        "NVIDIA A100-SXM4-40GB",
        "0000:41:00.0",
        "é 580.65.06",
        "11111111-2222-3333-4444-5555",
        &FIRST[1..],
    ] {
        assert_eq!(names.replaced(text), text);
    }
    assert_eq!(names.replaced(&format!("é{FIRST}")), format!("é{FIRST}"), "a part of a longer word");
}
