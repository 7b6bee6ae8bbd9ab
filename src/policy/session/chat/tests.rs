//! What messages say, as rows.

use crate::policy::session::chat::*;
use proptest::prelude::*;

fn aliases() -> Vec<String> {
    ["opus", "gpt", "gpt-mini", "a.b", "Ünï", "new"].map(str::to_owned).to_vec()
}

fn select(model: &str, profile: Option<&str>) -> Option<Directive> {
    Some(Directive::Select { model: model.to_owned(), profile: profile.map(str::to_owned) })
}

fn models(provider: &str, number: u32, size: u32, all: bool) -> Option<Directive> {
    Some(Directive::Models { provider: provider.to_owned(), page: ListPage { number, size, all } })
}

#[track_caller]
fn reads(text: &str, directive: Option<Directive>, left: &str) {
    let message = read(text, &aliases());
    assert_eq!((message.directive, message.text.as_str()), (directive, left), "{text:?}");
}

#[test]
fn arguments_of_model() {
    reads("/model", Some(Directive::Summary), "");
    reads("  /MODEL  ", Some(Directive::Summary), "");
    reads("/model:", Some(Directive::Summary), "");
    reads("/model opus", select("opus", None), "");
    reads("/model: opus", select("opus", None), "");
    reads("/model:opus", select("opus", None), "");
    reads("/model : opus", select("opus", None), "");
    reads("/model a/b/c@x:y", select("a/b/c", Some("x:y")), "");
    reads("/model a@p:me@example.com", select("a", Some("p:me@example.com")), "");
    reads("/model a@p:me+tag", select("a", Some("p:me")), "+tag");
    reads("/model a/ b", select("a", None), "/ b");
    reads("/model a//b", select("a", None), "//b");
    reads("/model /a", Some(Directive::Summary), "/a");
    reads("/model a@", select("a", None), "");
    reads("/model @p:x", Some(Directive::Profile("p:x".into())), "");
    reads("/model @", Some(Directive::Summary), "");
    reads("/model 12", Some(Directive::Number("12".into())), "");
    reads("/model 12@p:x", Some(Directive::Number("12".into())), "");
    reads("/model LIST", Some(Directive::Providers), "");
    reads("/model Status now", Some(Directive::Status), "now");
    reads("/model\nhello", Some(Directive::Summary), "hello");
}

#[test]
fn arguments_of_models() {
    reads("/models", Some(Directive::Providers), "");
    reads("/models all", Some(Directive::Providers), "");
    reads("/models list", Some(Directive::Providers), "");
    reads("/models status", Some(Directive::Status), "");
    reads("/models zai", models("zai", 1, 20, false), "");
    reads("/models: zai 3", models("zai", 3, 20, false), "");
    reads("/models zai page=0 size=500", models("zai", 1, 100, false), "");
    reads("/models zai limit=5 ALL please", models("zai", 1, 5, true), "please");
    reads("/models zai page=x", models("zai", 1, 20, false), "page=x");
    reads("/models zai 99999999999", models("zai", u32::MAX, 20, false), "");
    reads("/models zai\n2 apples", models("zai", 1, 20, false), "2 apples");
}

#[test]
fn a_directive_stands_anywhere_and_the_rest_is_left() {
    reads("please /model opus now", select("opus", None), "please now");
    reads("a\n/model opus\nb", select("opus", None), "a\nb");
    reads("x  y /model opus", select("opus", None), "x  y");
    reads("/model a /model b", select("a", None), "/model b");
    reads("see /modelling", None, "see /modelling");
    reads("a/model opus", None, "a/model opus");
    reads("/model-x", None, "/model-x");
    reads("", None, "");
    reads("  hello  there ", None, "hello  there");
}

#[test]
fn short_names_are_commands() {
    reads("/opus", select("opus", None), "");
    reads("/OPUS: hi", select("opus", None), "hi");
    reads("do /gpt-mini it", select("gpt-mini", None), "do it");
    reads("/gpt it", select("gpt", None), "it");
    reads("/a.b", select("a.b", None), "");
    reads("/axb", None, "/axb");
    reads("/ünÏ x", select("Ünï", None), "x");
    reads("/opusx", None, "/opusx");
    reads("opus", None, "opus");
    reads("/unknown", None, "/unknown");
    reads("/opus /model gpt", select("gpt", None), "/opus");
}

#[test]
fn a_new_conversation_is_said_at_the_beginning() {
    for (text, begins, left) in [
        ("/new", true, ""),
        ("/RESET hello", true, "hello"),
        ("/newer", false, "/newer"),
        ("so /reset", false, "so /reset"),
    ] {
        let message = read(text, &[]);
        assert_eq!((message.begins, message.text.as_str()), (begins, left), "{text}");
    }
    let both = read("/new /model opus hi", &[]);
    assert_eq!((both.begins, both.directive, both.text.as_str()), (true, select("opus", None), "hi"));
    assert!(read("/new", &aliases()).directive.is_none(), "it is no short name there");
}

proptest! {
    #[test]
    fn any_text_is_read_and_only_one_directive_is_taken_out(text in "(?s)[ \\n]{0,2}(/model|/models|/opus|/new|hi|:|@| |\\n|/|a|[0-9]|=|é|.){0,12}") {
        let message = read(&text, &aliases());
        prop_assert!(message.text.len() <= text.len());
        prop_assert_eq!(message.text.trim(), message.text.as_str());
        if message.directive.is_none() && !message.begins {
            prop_assert_eq!(message.text.as_str(), text.trim());
        }
        // Whatever is left stood there in this order.
        let mut rest = text.chars();
        for c in message.text.chars().filter(|c| !c.is_whitespace()) {
            prop_assert!(rest.any(|own| own == c));
        }
    }

    #[test]
    fn words_around_a_directive_stay(front in "[a-z]{1,6}( [a-z]{1,6}){0,2}", back in "[a-z]{1,6}", name in "[a-z]{1,8}(/[a-z0-9.]{1,8})?") {
        prop_assume!(name != "list" && name != "status");
        let message = read(&format!("{front} /model {name} {back}"), &[]);
        prop_assert_eq!(message.text, format!("{front} {back}"));
        prop_assert_eq!(message.directive, Some(Directive::Select { model: name, profile: None }));
    }
}
