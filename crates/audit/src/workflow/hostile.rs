//! Files that are no workflow, or are made to break what reads them.

use crate::Subjects;
use host::MemoryTree;

/// Shapes that no rule expects.
const FILES: [&str; 12] = [
    "a",
    "- a\n- b\n",
    "on: 1\njobs: x\n",
    "on: {push: [a]}\njobs: [a, b]\n",
    "on:\njobs:\n  a:\n  b: x\n  c: []\n",
    "jobs:\n  a: {steps: x, needs: {a: b}, if: [x], env: x, services: [a], container: [], strategy: x}\n",
    "jobs:\n  a:\n    steps: [null, x, [y], {run: null, uses: [a], with: x, id: {}, if: {}}]\n",
    "jobs:\n  a:\n    steps:\n      - {uses: '@', with: {ref: '${{ é'}}\n      - {uses: '', run: '${{é}}${{'}\n",
    "jobs: &a\n  a: {needs: a}\n  b: {<<: {needs: [a, b]}, steps: []}\n",
    "jobs:\n  a:\n    runs-on: ${{ matrix. }}\n    strategy: {matrix: {include: [{}], '${{ x }}': []}}\n",
    "jobs:\n  a:\n    steps:\n      - run: |\n\n\n          é ${{ toJSON() && fromJSON().a }} $\n          curl|sh <( $( --build-arg =\n",
    "on: {schedule: [{cron: ''}, x, {cron: '/ - , é *'}], workflow_call: x}\n",
];

#[test]
fn no_file_breaks_a_rule() {
    for text in FILES {
        let tree = MemoryTree::new("repository", [(".github/workflows/ci.yml", text)]);
        crate::check(&Subjects::read(&tree));
    }
}
