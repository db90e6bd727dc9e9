//! What every refusal is held to.

use crate::agent::{Config, Run};
use crate::stage::Stage;

/// What is expected when something is wrong.
pub(crate) struct Refusal<'a> {
    /// The stable code.
    pub(crate) code: &'a str,
    /// The exit code that belongs to it.
    pub(crate) exit: i32,
    /// What the message names, and words of what to do.
    pub(crate) says: &'a [&'a str],
    /// Whether nothing at all can be shown: then programs get `error/v1`.
    pub(crate) fatal: bool,
}

impl Refusal<'_> {
    /// Runs each verb in both formats and compares Placement before and after.
    pub(crate) fn of(&self, stage: &Stage, config: &Config, verbs: &[&str], environment: &[(&str, &str)]) {
        let before = stage.tree();
        for verb in verbs {
            self.as_text(&stage.run_with(config, &[verb], environment));
            self.as_json(verb, &stage.run_with(config, &[verb, "--format", "json"], environment));
        }
        assert_eq!(before, stage.tree(), "Placement is not as it was");
    }

    pub(crate) fn as_text(&self, run: &Run) {
        assert_eq!(run.exit, self.exit, "{run:#?}");
        let shown = if self.fatal { &run.stderr } else { &run.stdout };
        let head = format!("error {} ", self.code);
        assert!(shown.lines().any(|line| line.starts_with(&head)), "no line {head:?}: {shown}");
        assert!(shown.lines().any(|line| line.starts_with("  → ")), "nothing to do: {shown}");
        for words in self.says {
            assert!(shown.contains(words), "{words:?} is not in: {shown}");
        }
        if self.fatal {
            assert_eq!(run.stdout, "", "half a result");
        }
    }

    pub(crate) fn as_json(&self, verb: &str, run: &Run) {
        assert_eq!(run.exit, self.exit, "{run:#?}");
        let document = run.json();
        let schema = if self.fatal { "error/v1".to_owned() } else { format!("{verb}/v1") };
        assert_eq!(document["schema"], schema, "{document:#}");
        let findings = document["findings"].as_array().unwrap();
        let finding = findings.iter().find(|finding| finding["code"] == self.code);
        let finding = finding.unwrap_or_else(|| panic!("{} is not among {findings:#?}", self.code));
        assert_eq!(finding["severity"], "error");
        let text = |key: &str| finding[key].as_str().unwrap().to_owned();
        let all = format!("{}: {}\n{}", text("subject"), text("seen"), text("remedy"));
        for words in self.says {
            assert!(all.contains(words), "{words:?} is not in: {all}");
        }
        assert!(!text("subject").is_empty() && !text("remedy").is_empty(), "{finding:#}");
    }
}

/// A table of tests: what is wrong, and what is said about it.
macro_rules! refusals {
    ($verbs:expr; $(
        $(#[$doc:meta])*
        $name:ident: $code:literal, $exit:literal, $kind:ident, $says:expr, $change:expr;
    )*) => {$(
        $(#[$doc])*
        #[test]
        fn $name() {
            let stage = $crate::stage::Stage::new().published();
            let mut config = stage.config.clone();
            let change: fn(&$crate::stage::Stage, &mut $crate::agent::Config) = $change;
            change(&stage, &mut config);
            let fatal = stringify!($kind) == "fatal";
            let refusal = $crate::refusal::Refusal { code: $code, exit: $exit, says: &$says, fatal };
            refusal.of(&stage, &config, &$verbs, &[]);
        }
    )*};
}
pub(crate) use refusals;
