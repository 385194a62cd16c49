use super::*;
use proptest::prelude::*;

fn names(text: &str) -> Vec<String> {
    read(text).unwrap().names()
}

fn outcomes(text: &str) -> Vec<String> {
    read(text).unwrap().outcomes().iter().filter_map(|each| each.name()).collect()
}

fn wrong(text: &str) -> (usize, String) {
    let problem = read(text).unwrap_err();
    (problem.offset, problem.message)
}

#[test]
fn expressions_are_found_where_their_braces_close() {
    let text = "a ${{ x }} b ${{ format('}}{0}''', y) }}${{z}}";
    let found = embedded(text);
    let inside: Vec<&str> = found.iter().filter_map(|each| each.inside).collect();
    assert_eq!(inside, [" x ", " format('}}{0}''', y) ", "z"]);
    assert_eq!(&text[found[1].start..found[1].end], "${{ format('}}{0}''', y) }}");
    let open = embedded("é ${{ a }} ${{ 'b }}");
    assert_eq!(open[1].inside, None);
    assert_eq!(open.len(), 2);
}

#[test]
fn names_are_in_lower_case_and_say_what_is_not_known() {
    assert_eq!(names("GitHub.event['Issue'].title"), ["github.event.issue.title"]);
    assert_eq!(names("github.event.commits.*.author[0].name"), ["github.event.commits.*.author.*.name"]);
    assert_eq!(names("fromJSON(steps.a.outputs.b)[matrix.c].d"), ["matrix.c", "steps.a.outputs.b"]);
    assert_eq!(names("needs.a-b.result == 'x' && !cancelled() || env.A != 1"), ["needs.a-b.result", "env.a"]);
}

#[test]
fn outcomes_are_what_the_text_can_become() {
    assert_eq!(outcomes("a.x && b.x || c.x"), ["b.x", "c.x"]);
    assert_eq!(outcomes("contains(a.x, 'y') && 'z' || format('{0}', b.x)"), ["b.x"]);
    assert!(matches!(read("toJSON(a)").unwrap().outcomes()[..], [Expression::Call { .. }]));
    assert_eq!(outcomes("a.x == b.x || !c.x"), [""; 0]);
}

#[test]
fn the_tighter_operator_is_inside() {
    let Expression::Any(operands) = read("a || b && c == d < 2").unwrap() else { panic!() };
    let Expression::All(operands) = &operands[1] else { panic!() };
    let Expression::Compare(_, Comparison::Equal, right) = &operands[1] else { panic!() };
    assert!(matches!(**right, Expression::Compare(_, Comparison::Less, _)));
    assert_eq!(read("-1.5e3").unwrap(), Expression::Literal(Literal::Number(-1500.0)));
    assert_eq!(read(" 0xff ").unwrap(), Expression::Literal(Literal::Number(255.0)));
    assert_eq!(read("'it''s'").unwrap(), Expression::Literal(Literal::Text("it's".into())));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    assert_eq!(wrong("  "), (2, "a value is missing".into()));
    assert_eq!(wrong("a == \"b\""), (5, "`\"` begins no text: texts stand in `'`".into()));
    assert_eq!(wrong("a = b").0, 2);
    assert_eq!(wrong("contains(a, b"), (13, "`)` is missing".into()));
    assert_eq!(wrong("a b"), (2, "something follows where the expression is complete".into()));
    assert_eq!(wrong("a.").1, "a name is missing behind `.`");
    assert_eq!(wrong("'a").0, 0);
    assert_eq!(wrong(&"(".repeat(9000)).1, "the expression is too long");
    assert_eq!(wrong(&"(".repeat(60)).1, "the expression is nested too deep");
}

proptest! {
    #[test]
    fn nothing_panics(text in "[a-z.'*(){}\\[\\]!&|=<>0-9 ,\"$é+-]{0,60}") {
        for each in embedded(&text) {
            let _ = each.inside.map(read);
        }
        if let Ok(read) = read(&text) {
            let _ = (read.names(), read.outcomes());
        }
    }
}
