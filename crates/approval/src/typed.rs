//! The typed name: what a person types to let a Dangerous step run (decision 21).

use unicode_normalization::UnicodeNormalization;

/// What was typed is not what is asked for. The message never tells the right name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// Another name was typed.
    #[error("That is \"{typed}\". This step {acts_on}. Nothing has run.")]
    Other {
        /// What was typed.
        typed: String,
        /// `destroys a different path`, in words.
        acts_on: String,
    },
    /// Nothing, or too few or too many names were typed.
    #[error(
        "This step asks for {asked} name(s) to be typed, one for each object; {typed} arrived. Nothing has run."
    )]
    Count {
        /// How many are asked for.
        asked: usize,
        /// How many were typed.
        typed: usize,
    },
}

/// Compares what was typed with what the server chose: each name in order, byte for byte after NFC, never trimmed and
/// never case-folded. `kind` says what sort of object it is (`path`, `namespace`), for the message.
pub fn confirm(typed: &[String], asked: &[String], kind: Option<&str>) -> Result<(), Mismatch> {
    // An empty list must not confirm itself: a step that asks to be typed always has something to type.
    if asked.is_empty() || typed.len() != asked.len() {
        return Err(Mismatch::Count { asked: asked.len(), typed: typed.len() });
    }
    let wrong = typed.iter().zip(asked).find(|(typed, asked)| !typed.nfc().eq(asked.nfc()));
    match wrong {
        None => Ok(()),
        Some((typed, _)) => Err(Mismatch::Other { typed: shown(typed), acts_on: acts_on(kind) }),
    }
}

fn acts_on(kind: Option<&str>) -> String {
    match kind {
        Some(kind) if !kind.is_empty() => format!("destroys a different {kind}"),
        _ => "acts on something else".to_owned(),
    }
}

/// What was typed, made visible and kept short: it comes back to the person's own screen.
fn shown(typed: &str) -> String {
    let visible = dd0c_types::visible::visible(&typed.chars().take(200).collect::<String>());
    if visible.is_empty() { "nothing".to_owned() } else { visible }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn only_the_exact_name_confirms() {
        let asked = names(&["/srv/cache"]);
        assert_eq!(confirm(&names(&["/srv/cache"]), &asked, Some("path")), Ok(()));
        for wrong in [
            "/srv/Cache",
            " /srv/cache",
            "/srv/cache ",
            "/srv/cache/",
            "/srv/cache\n",
            "",
            "/srv",
            "\"/srv/cache\"",
        ] {
            assert!(confirm(&names(&[wrong]), &asked, Some("path")).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_answer_says_which_object_it_is_not_and_never_the_right_one() {
        let said =
            confirm(&names(&["/tmp/x"]), &names(&["/srv/cache"]), Some("path")).unwrap_err().to_string();
        assert_eq!(said, "That is \"/tmp/x\". This step destroys a different path. Nothing has run.");
        assert!(!said.contains("/srv/cache"));
    }

    #[test]
    fn several_objects_are_typed_one_by_one_and_in_order() {
        let asked = names(&["a", "b"]);
        assert_eq!(confirm(&names(&["a", "b"]), &asked, None), Ok(()));
        for wrong in
            [names(&["b", "a"]), names(&["a"]), names(&["a", "b", "c"]), names(&["a", "a"]), Vec::new()]
        {
            assert!(confirm(&wrong, &asked, None).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn nothing_to_type_is_never_confirmed_by_typing_nothing() {
        assert!(confirm(&[], &[], None).is_err());
    }

    #[test]
    fn the_same_letters_in_another_normal_form_are_the_same_name() {
        assert_eq!(confirm(&names(&["cafe\u{301}"]), &names(&["caf\u{e9}"]), None), Ok(()));
        assert!(
            confirm(&names(&["\u{ff41}"]), &names(&["a"]), None).is_err(),
            "compatibility forms are other letters"
        );
    }

    proptest! {
        #[test]
        fn whatever_differs_after_nfc_is_refused_without_telling_the_name(typed in ".{0,12}", asked in "[a-z/-]{6,12}") {
            let answer = confirm(std::slice::from_ref(&typed), std::slice::from_ref(&asked), Some("path"));
            prop_assert_eq!(answer.is_ok(), typed.nfc().eq(asked.nfc()));
            if let Err(mismatch) = answer {
                prop_assert!(typed.contains(&asked) || !mismatch.to_string().contains(&asked));
            }
        }
    }
}
