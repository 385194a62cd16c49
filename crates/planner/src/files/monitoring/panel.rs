//! Panels of a dashboard: what each asks, and how it looks.

use super::grafana::{LOGS, METRICS};
use serde_json::{Value, json};

/// A panel without its place.
#[derive(Debug, Clone)]
pub(super) struct Panel {
    title: String,
    kind: Kind,
    unit: &'static str,
    /// Expressions with the legend of what they give.
    asks: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Over time.
    Graph,
    /// The newest value, red at zero.
    State,
    /// Over time, counted from lines.
    LogGraph,
    /// Lines.
    Lines,
}

/// Rows and columns of Grafana's grid: 24 wide, two panels side by side.
const WIDTH: u32 = 12;
const HEIGHT: u32 = 8;

impl Panel {
    /// Series over time.
    pub(super) fn graph(title: impl Into<String>, unit: &'static str) -> Self {
        Self { title: title.into(), kind: Kind::Graph, unit, asks: Vec::new() }
    }

    /// What is up and what is not.
    pub(super) fn state(title: impl Into<String>) -> Self {
        Self { kind: Kind::State, ..Self::graph(title, "none") }
    }

    /// Lines counted over time.
    pub(super) fn log_graph(title: impl Into<String>, unit: &'static str) -> Self {
        Self { kind: Kind::LogGraph, ..Self::graph(title, unit) }
    }

    /// The lines themselves.
    pub(super) fn lines(title: impl Into<String>) -> Self {
        Self { kind: Kind::Lines, ..Self::graph(title, "none") }
    }

    /// One more expression.
    pub(super) fn ask(mut self, expr: impl Into<String>, legend: impl Into<String>) -> Self {
        self.asks.push((expr.into(), legend.into()));
        self
    }

    fn json(&self, id: u32, x: u32, y: u32) -> Value {
        let uid = match self.kind {
            Kind::Graph | Kind::State => METRICS,
            Kind::LogGraph | Kind::Lines => LOGS,
        };
        let source = json!({ "type": uid, "uid": uid });
        let targets: Vec<Value> = self
            .asks
            .iter()
            .zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ".chars())
            .map(|((expr, legend), letter)| {
                json!({ "refId": letter.to_string(), "datasource": source, "expr": expr, "legendFormat": legend })
            })
            .collect();
        let (kind, width) = match self.kind {
            Kind::Graph | Kind::LogGraph => ("timeseries", WIDTH),
            Kind::State => ("stat", WIDTH),
            Kind::Lines => ("logs", 2 * WIDTH),
        };
        let thresholds = match self.kind {
            Kind::State => json!({ "mode": "absolute", "steps": [
                { "color": "red", "value": null }, { "color": "green", "value": 1 }] }),
            Kind::Graph | Kind::LogGraph | Kind::Lines => {
                json!({ "mode": "absolute", "steps": [{ "color": "green", "value": null }] })
            }
        };
        let mut panel = json!({
            "id": id,
            "title": self.title,
            "type": kind,
            "datasource": source,
            "gridPos": { "h": HEIGHT, "w": width, "x": x, "y": y },
            "fieldConfig": { "defaults": { "unit": self.unit, "min": 0, "thresholds": thresholds }, "overrides": [] },
            "options": {},
            "targets": targets,
        });
        if self.kind == Kind::State {
            panel["options"] = json!({ "colorMode": "background", "textMode": "value_and_name",
                "reduceOptions": { "calcs": ["lastNotNull"] } });
            panel["fieldConfig"]["defaults"]["mappings"] =
                json!([{ "type": "value", "options": { "0": { "text": "down" }, "1": { "text": "up" } } }]);
        }
        panel
    }
}

/// Places panels below each other, a heading above each group; ids count from one.
pub(super) fn place(groups: &[(String, Vec<Panel>)]) -> Vec<Value> {
    let (mut all, mut id, mut y) = (Vec::new(), 0, 0);
    for (title, panels) in groups.iter().filter(|(_, panels)| !panels.is_empty()) {
        id += 1;
        all.push(json!({ "id": id, "title": title, "type": "row", "collapsed": false, "panels": [],
            "gridPos": { "h": 1, "w": 2 * WIDTH, "x": 0, "y": y } }));
        y += 1;
        let mut x = 0;
        for panel in panels {
            if x > 0 && (x >= 2 * WIDTH || panel.kind == Kind::Lines) {
                (x, y) = (0, y + HEIGHT);
            }
            id += 1;
            all.push(panel.json(id, x, y));
            x += if panel.kind == Kind::Lines { 2 * WIDTH } else { WIDTH };
        }
        y += HEIGHT;
    }
    all
}
