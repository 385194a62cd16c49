//! Django: the site behind a manage.py.

use super::deployable::{Context, Deployable};
use super::index::dotted_name;
use super::module::literal;
use super::program::{Program, classify, for_production};
use crate::path;
use crate::proposal::Claim;
use model::Place;
use model::facts::{Confidence, Framework, PortFact, ServiceKind};
use rustpython_ruff_python_ast::visitor::{Visitor, walk_expr};
use rustpython_ruff_python_ast::{Expr, ExprCall};

/// A Django site.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// The folder of its manage.py.
    pub(crate) folder: String,
    /// Its settings module or package, as a file.
    pub(crate) settings: Option<String>,
    /// The WSGI entry point's file.
    pub(crate) wsgi: Option<String>,
    /// The ASGI entry point's file.
    pub(crate) asgi: Option<String>,
    /// Where manage.py names Django.
    pub(crate) place: Place,
}

/// Every site, sorted by folder.
pub(crate) fn sites(context: &Context<'_>) -> Vec<Site> {
    let files =
        context.index.repository.named("manage.py").iter().filter(|file| !super::index::is_aside(file));
    files.filter_map(|file| site(context, file)).collect()
}

fn site(context: &Context<'_>, file: &str) -> Option<Site> {
    let repository = context.index.repository;
    let text = repository.text(file)?;
    if !text.contains("django") && !text.contains("DJANGO_SETTINGS_MODULE") {
        return None;
    }
    let folder = path::parent(file).to_owned();
    let module = context.index.module(file)?;
    let mut names = SettingsName::default();
    for statement in &module.body {
        names.visit_stmt(statement);
    }
    let settings = names
        .found
        .iter()
        .find_map(|dotted| context.index.file(&folder, dotted))
        .or_else(|| usual_settings(context, &folder));
    let package = settings.as_deref().map(path::parent);
    let entry = |name: &str| {
        let mut found: Vec<&str> = repository
            .named(name)
            .iter()
            .copied()
            .filter(|file| path::is_under(file, &folder) && !super::index::is_aside(file))
            .collect();
        // The one beside the settings, or beside their package.
        found.sort_by_key(|file| {
            let near = package.is_some_and(|package| path::is_under(package, path::parent(file)));
            (!near, file.matches('/').count())
        });
        found.first().map(|file| (*file).to_owned())
    };
    let place = repository.place_of(file, "DJANGO_SETTINGS_MODULE");
    Some(Site { wsgi: entry("wsgi.py"), asgi: entry("asgi.py"), settings, folder, place })
}

/// The settings where manage.py does not name them: the shallowest package or module of that name.
fn usual_settings(context: &Context<'_>, folder: &str) -> Option<String> {
    let repository = context.index.repository;
    let packages = repository
        .named("__init__.py")
        .iter()
        .filter(|file| path::file_name(path::parent(file)) == "settings");
    let found = repository
        .named("settings.py")
        .iter()
        .chain(packages)
        .filter(|file| path::is_under(file, folder) && !super::index::is_aside(file));
    found.min_by_key(|file| (file.matches('/').count(), **file)).map(|file| (*file).to_owned())
}

/// The settings module that `os.environ.setdefault` names.
#[derive(Default)]
struct SettingsName {
    found: Vec<String>,
}

impl<'a> Visitor<'a> for SettingsName {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(ExprCall { arguments, .. }) = expr
            && arguments.find_positional(0).and_then(literal).as_deref() == Some("DJANGO_SETTINGS_MODULE")
        {
            self.found.extend(arguments.find_positional(1).and_then(literal));
        }
        walk_expr(self, expr);
    }
}

/// Whether a file is a site's WSGI or ASGI entry point.
pub(crate) fn is_entry(context: &Context<'_>, file: &str) -> bool {
    sites(context)
        .iter()
        .any(|site| [&site.wsgi, &site.asgi].into_iter().flatten().any(|entry| entry == file))
}

/// The web service of a site.
pub(crate) fn service(context: &Context<'_>, site: &Site) -> Deployable {
    let file = site
        .asgi
        .as_ref()
        .or(site.wsgi.as_ref())
        .map_or_else(|| path::join(&site.folder, "manage.py"), Clone::clone);
    let mut service = Deployable::new(&site.folder, &file, ServiceKind::Web, site.place.clone());
    service.framework = Some(Framework::Django);
    service.confidence = Confidence::Certain;
    let mut authored = None;
    let mut launched = Vec::new();
    for launch in context.launches {
        for run in &launch.runs {
            let (own, command) = match classify(run) {
                Program::Server { module, .. } => {
                    let file = context.index.file(&run.folder, &module);
                    let is_entry = file.is_some_and(|file| {
                        Some(&file) == site.wsgi.as_ref() || Some(&file) == site.asgi.as_ref()
                    });
                    (is_entry, is_entry && run.folder == site.folder)
                }
                Program::Manage(folder, command) => (
                    path::join(&run.folder, &folder) == site.folder && command.starts_with("runserver"),
                    false,
                ),
                // uWSGI is told by its configuration file what it serves.
                _ => {
                    let uwsgi = run.words.first().is_some_and(|word| path::file_name(word) == "uwsgi");
                    (uwsgi && run.folder == site.folder, false)
                }
            };
            if own {
                launched.push((launch, run));
                if !launch.development {
                    service.launched_by(launch);
                }
            }
            if command && authored.is_none() {
                let (line, port) = for_production(&run.words);
                authored = Some((line, port.or(launch.port)));
            }
        }
    }
    let (start, port) = match authored {
        Some((line, port)) => (Claim::certain(line), port),
        None => (start(context, site), None),
    };
    let port = port.or_else(|| super::port::stated(&launched));
    service.start = Some(start);
    service.port = Some(PortFact { number: port, env: None });
    service.build =
        collects_static(context, site).then(|| "python manage.py collectstatic --noinput".to_owned());
    service
}

/// The command that serves a site with what its project depends on.
fn start(context: &Context<'_>, site: &Site) -> Claim<String> {
    let at = path::join(&site.folder, "manage.py");
    let has = |name: &str| context.depends(&at, name);
    let target = |file: &Option<String>| {
        file.as_deref()
            .and_then(|file| dotted_name(&site.folder, file))
            .map(|module| format!("{module}:application"))
    };
    let (wsgi, asgi) = (target(&site.wsgi), target(&site.asgi));
    let is_async = asgi.is_some()
        && (wsgi.is_none()
            || has("channels")
            || has("daphne")
            || (!has("gunicorn") && (has("uvicorn") || has("hypercorn"))));
    if let (true, Some(asgi)) = (is_async, &asgi) {
        let uvicorn = format!("uvicorn {asgi} --host 0.0.0.0 --port $PORT");
        return if has("daphne") {
            Claim::certain(format!("daphne -b 0.0.0.0 -p $PORT {asgi}"))
        } else if has("uvicorn") {
            Claim::certain(uvicorn)
        } else if has("hypercorn") {
            Claim::certain(format!("hypercorn {asgi} --bind 0.0.0.0:$PORT"))
        } else {
            Claim::maybe(uvicorn)
        };
    }
    let Some(target) = wsgi.or(asgi) else {
        return Claim::maybe("gunicorn wsgi:application --bind 0.0.0.0:$PORT".to_owned());
    };
    let gunicorn = format!("gunicorn {target} --bind 0.0.0.0:$PORT");
    if has("gunicorn") {
        Claim::certain(gunicorn)
    } else if has("waitress") {
        Claim::certain(format!("waitress-serve --listen=0.0.0.0:$PORT {target}"))
    } else if has("uwsgi") {
        Claim::certain(format!("uwsgi --http 0.0.0.0:$PORT --master --module {target}"))
    } else {
        // Nothing that serves it is installed.
        Claim::maybe(gunicorn)
    }
}

/// The files of a site's settings.
pub(crate) fn settings_files(context: &Context<'_>, site: &Site) -> Vec<String> {
    let Some(settings) = &site.settings else { return Vec::new() };
    let folder = path::parent(settings);
    if path::file_name(folder).contains("settings") || path::file_name(settings) == "__init__.py" {
        return context.index.under(folder).into_iter().map(str::to_owned).collect();
    }
    vec![settings.clone()]
}

fn collects_static(context: &Context<'_>, site: &Site) -> bool {
    settings_files(context, site)
        .iter()
        .filter_map(|file| context.index.repository.text(file))
        .any(|text| text.lines().any(|line| line.trim_start().starts_with("STATIC_ROOT")))
}
