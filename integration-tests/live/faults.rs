//! Every kind of fault at every request of a first sync: the run converges, or says what it met; the next one
//! converges; and at no time is more promised than the hardware has. One provider: its eight requests are one of
//! each kind, and what more of them do is the matter of `kill` and `walk`.

use nvidia_ml::testing::SimulatedHost;
use nvidia_placement_agent::model::Code;
use uuid::Uuid;

use crate::command::{a100, apply, said};
use crate::direct::tree;
use crate::promise::assert_kept;
use crate::proxy::{Moment, Proxy, Seen, Verdict, at_once};
use crate::support::{client, new_root, placement_url};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    DroppedBeforePlacement,
    DroppedAfterPlacement,
    HalfAnAnswer,
    CutShort,
    Error500,
    Unavailable503,
    Unauthorized401,
    Conflict409,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Length {
    Once,
    FromThenOn,
}

fn said_by_placement(status: u16, code: &str) -> String {
    format!(r#"{{"errors": [{{"status": {status}, "title": "t", "detail": "injected", "code": "{code}"}}]}}"#)
}

fn strike(fault: Fault, moment: Moment) -> Verdict {
    let instead = |status, header, code| Verdict::Instead(status, header, said_by_placement(status, code));
    match (fault, moment) {
        (Fault::DroppedBeforePlacement, Moment::Asked) => Verdict::Drop,
        (Fault::DroppedAfterPlacement, Moment::Answered) => Verdict::Drop,
        (Fault::HalfAnAnswer, Moment::Answered) => Verdict::Half,
        (Fault::CutShort, Moment::Answered) => Verdict::CutShort,
        (Fault::Error500, Moment::Asked) => instead(500, "", "placement.undefined_code"),
        (Fault::Unavailable503, Moment::Asked) => instead(503, "Retry-After: 0\r\n", ""),
        (Fault::Unauthorized401, Moment::Asked) => instead(401, "", ""),
        (Fault::Conflict409, Moment::Asked) => instead(409, "", "placement.concurrent_update"),
        _ => Verdict::Go,
    }
}

/// How a run that met it ends, where it does not converge.
fn ending(fault: Fault, length: Length, at: &Seen) -> Option<Code> {
    match (fault, length) {
        // What answers that is not Placement, as far as anybody can see. A trait's creation answers nothing.
        (Fault::CutShort, _) => (!at.target.starts_with("/traits/")).then_some(Code::Nonsense),
        (_, Length::Once) => None,
        (Fault::Conflict409, Length::FromThenOn) => Some(Code::Conflict),
        (Fault::DroppedBeforePlacement | Fault::DroppedAfterPlacement | Fault::HalfAnAnswer, _) => {
            Some(Code::Unreachable)
        }
        (Fault::Error500, _) => Some(Code::Refused),
        (Fault::Unavailable503, _) => Some(Code::Unavailable),
        (Fault::Unauthorized401, _) => Some(Code::Unauthorized),
    }
}

async fn at_every_request(fault: Fault, length: Length) {
    let host = SimulatedHost::new("");
    let cut = r#""2x 1g.5gb""#;
    let product = || format!("NVIDIA {}", Uuid::new_v4().simple());
    let mut expected = None;
    for k in 1.. {
        // A board of its own, so that creating a trait is among the requests.
        host.rewrite(&a100(&product(), cut));
        let (root, _) = new_root(&client()).await;
        let proxy = Proxy::start(at_once(move |seen, moment| {
            let now = if length == Length::Once { seen.number == k } else { seen.number >= k };
            if now { strike(fault, moment) } else { Verdict::Go }
        }));
        let output = apply(&host, root, &proxy.url(), u8::from(length == Length::Once)).output().unwrap();
        let log = proxy.take();
        let Some(struck) = log.get(k - 1) else {
            assert!(k > 8, "only {k} requests: this does not test what it should");
            return;
        };
        let when = format!("{fault:?} {length:?} at request {k}, {} {}", struck.method, struck.target);
        let code = ending(fault, length, struck);
        let exit = code.map_or(0, Code::exit_code);
        let text = said(&output);
        assert_eq!(output.status.code(), Some(i32::from(exit)), "{when}: {text}");
        assert!(code.is_none_or(|code| text.contains(code.as_str())), "{when}: {text}");
        assert_kept(&tree(root).await, &when);

        let output = apply(&host, root, &placement_url(), 0).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "after {when}: {}", said(&output));
        let mut after = tree(root).await;
        for shown in after.values_mut() {
            shown.traits.retain(|name| !name.starts_with("CUSTOM_NVIDIA_BOARD_"));
        }
        assert_eq!(&after, expected.get_or_insert_with(|| after.clone()), "after {when}");
    }
}

macro_rules! faults {
    ($($name:ident: $fault:ident, $length:ident;)*) => {
        $(#[tokio::test]
        async fn $name() {
            at_every_request(Fault::$fault, Length::$length).await;
        })*
    };
}

faults! {
    a_request_that_never_arrives: DroppedBeforePlacement, Once;
    an_answer_that_never_arrives: DroppedAfterPlacement, Once;
    half_an_answer: HalfAnAnswer, Once;
    an_answer_that_is_no_json: CutShort, Once;
    an_error_inside_placement: Error500, Once;
    a_moment_out_of_service: Unavailable503, Once;
    a_token_refused_once: Unauthorized401, Once;
    a_conflict_that_was_none: Conflict409, Once;
    an_outage: DroppedBeforePlacement, FromThenOn;
    answers_that_never_arrive: DroppedAfterPlacement, FromThenOn;
    out_of_service: Unavailable503, FromThenOn;
    a_token_refused_for_good: Unauthorized401, FromThenOn;
    errors_inside_placement: Error500, FromThenOn;
    nothing_but_conflicts: Conflict409, FromThenOn;
}
