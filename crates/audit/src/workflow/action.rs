//! Actions of a repository, which are made of steps like jobs are.

use crate::fixture::found;
use crate::{Subjects, check};
use host::MemoryTree;

const AT: &str = ".github/actions/set-up/action.yml";
const GOOD: &str = "name: Set up\ninputs:\n  title: {description: '${{ any }}'}\noutputs:\n  x: {value: '${{ steps.a.outputs.x }}'}\nruns:\n  using: composite\n  steps:\n    - id: a\n      shell: bash\n      env:\n        TITLE: ${{ inputs.title }} ${{ matrix.os }}\n      run: echo \"$TITLE\"\n";

#[test]
fn a_good_action_has_no_finding() {
    let tree = MemoryTree::new("repository", [(AT, GOOD), ("data/action.yml", "steps: 1\n")]);
    let findings = check(&Subjects::read(&tree)).findings;
    assert!(findings.is_empty(), "{findings:?}");
}

#[test]
fn rules_over_steps_find_the_second_one_in_an_action() {
    let step = |lines: &str| format!("{GOOD}    - shell: bash\n{lines}");
    for (rule, lines, line) in [
        ("workflow/template-injection", "      run: echo ${{ github.head_ref }}\n", 15),
        ("workflow/unknown-input", "      run: echo ${{ inputs.titel }}\n", 15),
        ("workflow/unknown-step", "      run: echo ${{ steps.b.outputs.x }}\n", 15),
        ("workflow/repeated-step", "      run: x\n      id: a\n", 16),
        ("workflow/unpinned-action", "      uses: o/r@main\n", 15),
        ("workflow/incomplete-job", "      run: x\n    - run: x\n", 16),
    ] {
        assert_eq!(found(rule, &[(AT, &step(lines))]), [format!("{AT}:{line}")], "{rule}");
    }
}
