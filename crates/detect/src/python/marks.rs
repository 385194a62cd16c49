//! Which Python modules matter, by their words: parsing is for those only.

/// What a module's words say it may hold. Only modules with a mark are parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Marks(u16);

impl Marks {
    /// Reads variables.
    pub(crate) const ENV: Self = Self(1);
    /// Makes an application object, or runs one.
    pub(crate) const APP: Self = Self(2);
    /// Has routes or includes them.
    pub(crate) const ROUTES: Self = Self(4);
    /// Names something like a health endpoint.
    pub(crate) const HEALTH: Self = Self(8);
    /// Has tasks for a queue.
    pub(crate) const QUEUE: Self = Self(16);
    /// Can be run as a program.
    pub(crate) const PROGRAM: Self = Self(32);
    /// States when tasks run.
    pub(crate) const SCHEDULE: Self = Self(64);
    /// Uses a bucket.
    pub(crate) const BUCKET: Self = Self(128);
    /// Draws pages with Streamlit or Gradio.
    pub(crate) const PAGES: Self = Self(256);
    /// Takes WebSocket upgrades.
    pub(crate) const SOCKET: Self = Self(512);
    /// States how large something may be, or refuses what is larger.
    pub(crate) const LIMIT: Self = Self(1024);
    /// Exports metrics.
    pub(crate) const METRICS: Self = Self(2048);

    /// Whether it has one of the other's marks.
    pub(crate) const fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The marks of both.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The marks that the words of a text give it, in one pass.
pub(crate) fn marks_in(text: &[u8]) -> Marks {
    let mut marks = Marks::default();
    let mut at = 0;
    while at < text.len() {
        if !is_word(text[at]) {
            at += 1;
            continue;
        }
        let start = at;
        while at < text.len() && is_word(text[at]) {
            at += 1;
        }
        let length = at - start;
        if (2..=28).contains(&length) {
            let around = |at: Option<usize>| at.and_then(|at| text.get(at)).copied().unwrap_or(b'\n');
            marks = marks.and(mark(around(start.checked_sub(1)), &text[start..at], around(Some(at))));
        }
    }
    marks
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The marks of one word with the bytes around it.
fn mark(before: u8, word: &[u8], next: u8) -> Marks {
    match word {
        b"environ"
        | b"getenv"
        | b"environb"
        | b"BaseSettings"
        | b"decouple"
        | b"environs"
        | b"env_prefix"
        | b"SettingsConfigDict"
        | b"pydantic_settings"
        | b"dynaconf"
        | b"environ_get"
        | b"validation_alias" => Marks::ENV,
        b"env" if matches!(next, b'(' | b'.' | b'[') => Marks::ENV,
        b"config" | b"Config" if next == b'(' => Marks::ENV,
        b"FastAPI" | b"Flask" | b"Starlette" | b"Litestar" | b"Quart" | b"Sanic" | b"APIFlask"
        | b"OpenAPI" | b"Dash" | b"Bottle" | b"falcon" | b"connexion" | b"ASGIApp" | b"FastHTML"
        | b"fast_app" | b"Robyn" | b"blacksheep" | b"FlaskApp" | b"nicegui" => Marks::APP,
        b"aiohttp"
        | b"tornado"
        | b"create_app"
        | b"make_app"
        | b"get_app"
        | b"build_app"
        | b"create_application"
        | b"get_application" => Marks::APP,
        b"uvicorn" | b"hypercorn" | b"granian" | b"waitress" => Marks::PROGRAM.and(Marks::APP),
        b"APIRouter"
        | b"include_router"
        | b"Blueprint"
        | b"register_blueprint"
        | b"urlpatterns"
        | b"add_api_route"
        | b"add_url_rule"
        | b"Route"
        | b"add_route"
        | b"add_get"
        | b"APIBlueprint"
        | b"Router" => Marks::ROUTES,
        b"Celery" | b"celery" | b"arq" | b"dramatiq" | b"huey" | b"Huey" | b"rq" | b"taskiq"
        | b"WorkerSettings" | b"procrastinate" => Marks::QUEUE,
        b"beat_schedule"
        | b"CELERY_BEAT_SCHEDULE"
        | b"add_periodic_task"
        | b"CELERYBEAT_SCHEDULE"
        | b"crontab" => Marks::SCHEDULE,
        b"__main__" => Marks::PROGRAM,
        b"boto3" | b"aioboto3" | b"minio" | b"aiobotocore" | b"s3fs" | b"S3Boto3Storage" | b"S3Storage" => {
            Marks::BUCKET
        }
        b"streamlit" | b"gradio" | b"chainlit" => Marks::PAGES,
        _ => http(before, word).and(health(before, word, next)),
    }
}

/// What says that more is done with HTTP than to answer.
fn http(before: u8, word: &[u8]) -> Marks {
    match word {
        b"WebSocketRoute"
        | b"WebSocketEndpoint"
        | b"WebSocketHandler"
        | b"WebSocketResponse"
        | b"WebsocketListener"
        | b"websocket_listener"
        | b"websocket_stream"
        | b"websocket_route"
        | b"add_api_websocket_route"
        | b"add_websocket_route"
        | b"ProtocolTypeRouter"
        | b"flask_sock"
        | b"flask_socketio"
        | b"socketio"
        | b"fastapi_socketio" => Marks::SOCKET,
        b"websocket" if matches!(before, b'.' | b'@') => Marks::SOCKET,
        b"prometheus_client"
        | b"starlette_exporter"
        | b"starlette_prometheus"
        | b"prometheus_flask_exporter"
        | b"django_prometheus"
        | b"Instrumentator"
        | b"aioprometheus"
        | b"PrometheusController" => Marks::METRICS,
        b"413" | b"UploadFile" => Marks::LIMIT,
        _ if is_about_limits(word) => Marks::LIMIT,
        _ => Marks::default(),
    }
}

/// `MAX_UPLOAD_SIZE`, `max_body_bytes`, `HTTP_413_CONTENT_TOO_LARGE` and their like.
fn is_about_limits(word: &[u8]) -> bool {
    const ABOUT: &[&[u8]] = &[b"UPLO", b"BODY", b"FILE", b"CONT", b"REQU", b"PAYL", b"ATTA", b"CLIE"];
    word.len() >= 8
        && word.windows(3).any(|part| matches!(part, b"MAX" | b"max" | b"413" | b"LIM" | b"lim"))
        && word.windows(4).any(|part| ABOUT.iter().any(|about| part.eq_ignore_ascii_case(about)))
}

/// Paths are written in quotes; most words about health are common everywhere else.
fn health(before: u8, word: &[u8], next: u8) -> Marks {
    const WORDS: &[&[u8]] = &[
        b"ping",
        b"ready",
        b"readyz",
        b"livez",
        b"liveness",
        b"readiness",
        b"alive",
        b"heartbeat",
        b"probe",
        b"live",
        b"up",
        b"status",
    ];
    let opens = matches!(before, b'/' | b'"' | b'\'' | b'^');
    let closes = matches!(next, b'/' | b'"' | b'\'');
    if opens && (word.starts_with(b"health") || closes && WORDS.contains(&word)) {
        Marks::HEALTH
    } else {
        Marks::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole_words() {
        assert!(marks_in(b"x = os.environ['A']").any(Marks::ENV));
        assert!(!marks_in(b"environment = 1").any(Marks::ENV));
        assert!(marks_in(b"env('X')").any(Marks::ENV));
        assert!(!marks_in(b"env = 1").any(Marks::ENV));
    }

    #[test]
    fn health_is_a_path() {
        assert!(marks_in(b"@app.get('/healthz')").any(Marks::HEALTH));
        assert!(marks_in(b"path(\"health/\", view)").any(Marks::HEALTH));
        assert!(marks_in(b"@app.get('/ping')").any(Marks::HEALTH));
        assert!(!marks_in(b"look up the health").any(Marks::HEALTH));
    }
}
