//! Where lines are kept, and what brings them there.

use super::header;
use crate::files::blueprint::Blueprint;
use artifact::yaml::{Map, list};

/// How long lines are kept.
const RETENTION: &str = "336h";

/// Loki as one process on a volume (https://grafana.com/docs/loki/latest/configure/).
pub(super) fn store(blueprint: &Blueprint<'_>) -> String {
    let folders = Map::new().set("chunks_directory", "/loki/chunks").set("rules_directory", "/loki/rules");
    let common = Map::new()
        .set("path_prefix", "/loki")
        .set("replication_factor", 1)
        .set("ring", Map::new().set("kvstore", Map::new().set("store", "inmemory")))
        .set("storage", Map::new().set("filesystem", folders));
    let schema = Map::new()
        .set("from", "2024-01-01")
        .set("store", "tsdb")
        .set("object_store", "filesystem")
        .set("schema", "v13")
        .set("index", Map::new().set("prefix", "index_").set("period", "24h"));
    let limits = Map::new()
        .set("retention_period", RETENTION)
        .set("reject_old_samples_max_age", "168h")
        .set("max_query_series", 500)
        .set("ingestion_rate_mb", 4)
        .set("ingestion_burst_size_mb", 8);
    let compactor = Map::new()
        .set("working_directory", "/loki/compactor")
        .set("retention_enabled", true)
        .set("delete_request_store", "filesystem");
    Map::new()
        .comment("Only containers of the network `monitoring` reach it.")
        .set("auth_enabled", false)
        .gap()
        .set("server", Map::new().set("http_listen_port", 3100).set("log_level", "warn"))
        .set("common", common)
        .set("schema_config", Map::new().set("configs", list([schema])))
        .gap()
        .comment("Lines are kept for two weeks.")
        .set("limits_config", limits)
        .set("compactor", compactor)
        .set("analytics", Map::new().set("reporting_enabled", false))
        .document(&header(blueprint, "where lines of logs are kept."))
}

/// Alloy (https://grafana.com/docs/alloy/latest/reference/components/loki/loki.process/).
pub(super) fn agent(blueprint: &Blueprint<'_>) -> String {
    let header: String = header(blueprint, "what brings the lines of containers to Loki.")
        .lines()
        .map(|line| format!("// {line}\n"))
        .collect();
    format!("{header}\n{AGENT}")
}

const AGENT: &str = r#"local.file_match "containers" {
  path_targets = [{"__path__" = "/var/lib/docker/containers/*/*-json.log"}]
}

loki.source.file "containers" {
  targets    = local.file_match.containers.targets
  forward_to = [loki.process.containers.receiver]
}

// Docker writes {"log": ..., "stream": ..., "time": ..., "attrs": {...}}; the attributes are the labels that the overlay asks for.
loki.process "containers" {
  forward_to = [loki.write.store.receiver]

  stage.json {
    expressions = {line = "log", stream = "stream", at = "time", attributes = "attrs"}
  }

  stage.json {
    source      = "attributes"
    expressions = {
      project = "\"com.docker.compose.project\"",
      service = "\"com.docker.compose.service\"",
    }
  }

  stage.labels {
    values = {project = "", service = "", stream = ""}
  }

  // Containers without these labels are not ours.
  stage.match {
    selector = "{filename=~\".+\", service=\"\"}"
    action   = "drop"
  }

  stage.timestamp {
    source = "at"
    format = "RFC3339Nano"
  }

  stage.output {
    source = "line"
  }

  stage.label_drop {
    values = ["filename"]
  }
}

loki.write "store" {
  endpoint {
    url = "http://loki:3100/loki/api/v1/push"
  }
}
"#;
