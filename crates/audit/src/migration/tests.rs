//! Each rule with what breaks it, what does not, and a second element that does.

use super::*;

fn rules(path: &str, text: &str) -> Vec<(String, u32)> {
    let file = MigrationFile { path: path.into(), text: text.into() };
    check_migrations(&[file]).into_iter().map(|f| (f.rule, f.place.unwrap().line)).collect()
}

#[test]
fn what_the_release_before_cannot_live_with_is_found() {
    for (text, rule) in [
        ("DROP TABLE users;", "migration/drop-table"),
        ("alter table \"User\" drop column \"age\";", "migration/drop-column"),
        ("ALTER TABLE a DROP b;", "migration/drop-column"),
        ("ALTER TABLE a RENAME COLUMN b TO c;", "migration/rename"),
        ("ALTER TABLE a RENAME TO b;", "migration/rename"),
        ("ALTER TABLE a ADD COLUMN b text NOT NULL;", "migration/required-column"),
        ("ALTER TABLE a ALTER COLUMN b SET NOT NULL;", "migration/set-not-null"),
    ] {
        assert_eq!(rules("m.sql", text), [(rule.to_owned(), 1)], "{text}");
    }
}

#[test]
fn what_it_can_live_with_is_not() {
    for text in [
        "CREATE TABLE a (b text NOT NULL);",
        "ALTER TABLE a ADD COLUMN b text NOT NULL DEFAULT '';",
        "ALTER TABLE a ADD COLUMN b text;",
        "ALTER TABLE a ADD CONSTRAINT c CHECK (b IS NOT NULL);",
        "ALTER TABLE a DROP CONSTRAINT c;",
        "ALTER TABLE a ALTER COLUMN b DROP NOT NULL;",
        "ALTER TABLE a ALTER COLUMN b DROP DEFAULT;",
        "ALTER TABLE a RENAME CONSTRAINT b TO c;",
        "-- DROP TABLE a;\nSELECT 'DROP TABLE a';",
        "DROP INDEX i;",
    ] {
        assert_eq!(rules("m.sql", text), [], "{text}");
    }
}

#[test]
fn the_second_statement_counts_too() {
    let text = "CREATE TABLE b (c int);\n\nALTER TABLE a\n  DROP COLUMN b,\n  DROP COLUMN c;\nDROP TABLE d;";
    let found = rules("m.sql", text);
    assert_eq!(found, [("migration/drop-column".to_owned(), 3), ("migration/drop-table".to_owned(), 6)]);
    let second = "ALTER TABLE a ADD COLUMN b int, ADD COLUMN c int NOT NULL;";
    assert_eq!(rules("m.sql", second).len(), 1);
}

#[test]
fn the_way_back_is_not_applied() {
    for path in ["m/2_a.down.sql", "m/2_a/down.sql", "m/sqls/2-a-down.sql"] {
        assert_eq!(rules(path, "DROP TABLE a;"), [], "{path}");
    }
    for path in ["m/2_a.up.sql", "m/2_a/up.sql", "m/2_shut_down.sql", "m/down/2.sql"] {
        assert_eq!(rules(path, "DROP TABLE a;"), [("migration/drop-table".to_owned(), 1)], "{path}");
    }
    for marker in ["-- migrate:down", "-- +goose Down", "-- Down Migration", "--down"] {
        let text = format!("ALTER TABLE a DROP b;\n{marker}\nDROP TABLE a;\n");
        assert_eq!(rules("2.sql", &text), [("migration/drop-column".to_owned(), 1)], "{marker}");
    }
    assert_eq!(rules("2.sql", "-- going down the list\nDROP TABLE a;").len(), 1);
}

#[test]
fn a_comment_allows_one_rule() {
    let text = "-- mainstay: allow drop-table\nDROP TABLE a;\nALTER TABLE b DROP COLUMN c;";
    assert_eq!(rules("m.sql", text), [("migration/drop-column".to_owned(), 3)]);
}

#[test]
fn scripts_are_read_as_far_as_they_go_up() {
    let typeorm = "export class A1 implements MigrationInterface {\n  async up(runner: QueryRunner) {\n    \
                   await runner.query(`CREATE INDEX \"i\" ON \"a\" (\"b\")`);\n    await runner.query(`\n      \
                   ALTER TABLE \"a\" DROP COLUMN \"b\"`);\n  }\n\n  async down(runner: QueryRunner) {\n    \
                   await runner.query(`DROP TABLE \"c\"`);\n  }\n}\n";
    assert_eq!(
        rules("src/migrations/1-a.ts", typeorm),
        [("migration/blocking-index".to_owned(), 3), ("migration/drop-column".to_owned(), 5)]
    );
    assert_eq!(rules("migrations/1.down.ts", typeorm), []);
    let knex = "exports.up = (knex) => knex.schema.alterTable('a', (t) => {\n  t.string('n');\n  t.dropColumn('b');\n});\n\
                exports.down = (knex) => knex.schema.dropTable('a');\n";
    assert_eq!(rules("migrations/1.js", knex), [("migration/drop-column".to_owned(), 3)]);
    let kysely =
        "export async function up(db: Kysely<any>) {\n  await sql<void>`DROP TABLE a`.execute(db)\n}\n";
    assert_eq!(rules("migrations/1.ts", kysely), [("migration/drop-table".to_owned(), 2)]);
    let allowed = "export async function up(runner) { // mainstay: allow drop-table\n  await runner.query('DROP TABLE a'); }";
    assert_eq!(rules("migrations/2.js", allowed), []);
}

#[test]
fn alembic_is_read_as_far_as_it_upgrades() {
    let text = "def upgrade() -> None:\n    op.add_column('a', sa.Column('b', sa.Text(), nullable=True))\n    \
                op.drop_column('a', 'old')\n\n\ndef downgrade() -> None:\n    op.drop_table('x')\n";
    assert_eq!(rules("versions/1.py", text), [("migration/drop-column".to_owned(), 3)]);
    let required = "def upgrade():\n    op.add_column(\n        'a',\n        sa.Column('b', sa.Text(), nullable=False),\n    )\n";
    assert_eq!(rules("versions/2.py", required), [("migration/required-column".to_owned(), 2)]);
    let fine = "def upgrade():\n    op.add_column('a', sa.Column('b', sa.Text(), nullable=False, server_default=''))\n    op.alter_column('a', 'b', nullable=True)\n";
    assert_eq!(rules("versions/3.py", fine), []);
}

#[test]
fn what_locks_or_has_no_way_back_is_a_warning() {
    for (text, rule) in [
        ("CREATE INDEX i ON a (b);", "migration/blocking-index"),
        ("CREATE UNIQUE INDEX i ON public.\"A\" (b);", "migration/blocking-index"),
        ("ALTER TABLE a ALTER COLUMN b TYPE bigint;", "migration/change-type"),
        ("ALTER TABLE a ALTER b SET DATA TYPE bigint;", "migration/change-type"),
        ("ALTER TABLE a ADD c int, ALTER COLUMN b TYPE bigint;", "migration/change-type"),
    ] {
        assert_eq!(rules("m.sql", text), [(rule.to_owned(), 1)], "{text}");
        let file = MigrationFile { path: "m.sql".into(), text: text.into() };
        assert_eq!(check_migrations(&[file])[0].severity, Severity::Warning);
    }
    for text in [
        "CREATE INDEX CONCURRENTLY i ON a (b);",
        "ALTER TABLE a ALTER COLUMN type SET DEFAULT 1;",
        "CREATE TABLE \"A\" (b int);\nCREATE INDEX i ON \"A\" (b);\nALTER TABLE a DROP COLUMN b;",
    ] {
        assert_eq!(rules("m.sql", text), [], "{text}");
    }
    let second = "CREATE TABLE a (b int);\nCREATE INDEX i ON a (b);\nCREATE INDEX j ON c (b);";
    assert_eq!(rules("m.sql", second), [("migration/blocking-index".to_owned(), 3)]);
    assert_eq!(rules("m.sql", "CREATE TABLE IF NOT EXISTS a (b int);\nDROP TABLE a;").len(), 1);
}

#[test]
fn alembic_executes_sql_and_builds_indexes() {
    let text = "def upgrade():\n    op.create_table('new', sa.Column('x', sa.Text(), nullable=False))\n    \
                op.create_index('ix_new', 'new', ['x'])\n    op.create_index('ix_old', 'old', ['x'])\n    \
                op.execute(\n        \"ALTER TABLE old \"\n        'DROP COLUMN y'\n    )\n    \
                op.create_index('ix', 'old', ['z'], postgresql_concurrently=True)\n";
    assert_eq!(
        rules("versions/1.py", text),
        [("migration/blocking-index".to_owned(), 4), ("migration/drop-column".to_owned(), 5)]
    );
}

fn found(path: &str, text: &str) -> Vec<String> {
    let told = rules(path, text).into_iter();
    told.map(|(rule, line)| format!("{}:{line}", rule.trim_start_matches("migration/"))).collect()
}

#[test]
fn typeorm_is_read_in_up() {
    let class = |up: &str| {
        format!(
            "import {{ MigrationInterface, QueryRunner }} from 'typeorm';\nexport class A1 implements MigrationInterface {{\n  \
             public async up(queryRunner: QueryRunner): Promise<void> {{\n{up}\n  }}\n  \
             public async down(queryRunner: QueryRunner): Promise<void> {{\n    await queryRunner.dropTable('a');\n  }}\n}}\n"
        )
    };
    for (up, rule) in [
        ("await queryRunner.query(`ALTER TABLE \"user\" DROP COLUMN \"age\"`);", "drop-column:4"),
        ("await queryRunner.query('ALTER TABLE a ADD b int; ' + 'DROP TABLE c');", "drop-table:4"),
        ("await queryRunner.dropColumn('user', 'age');", "drop-column:4"),
        ("await queryRunner.dropTable('user', true);", "drop-table:4"),
        ("await queryRunner.renameColumn('user', 'a', 'b');", "rename:4"),
        ("await queryRunner.renameTable('user', 'users');", "rename:4"),
        (
            "await queryRunner.addColumn('u', new TableColumn({ name: 'a', type: 'int' }));",
            "required-column:4",
        ),
        (
            "await queryRunner.addColumns('u', [\n new TableColumn({ name: 'a', isNullable: true }),\n \
             new TableColumn({ name: 'b', type: 'int' }),\n]);",
            "required-column:4",
        ),
        ("await queryRunner.createIndex('u', new TableIndex({ columnNames: ['a'] }));", "blocking-index:4"),
        ("await queryRunner.changeColumn('u', 'a', new TableColumn({ name: 'a' }));", "change-type:4"),
    ] {
        assert_eq!(found("src/migrations/1-a.ts", &class(up)), [rule], "{up}");
    }
    for up in [
        "await queryRunner.createTable(new Table({ name: 'n', columns: [{ name: 'a', type: 'int' }] }));\n\
         await queryRunner.createIndex('n', new TableIndex({}));",
        "await queryRunner.addColumn('u', new TableColumn({ name: 'a', isNullable: true }));",
        "await queryRunner.addColumn('u', new TableColumn({ name: 'a', default: \"'x'\" }));",
        "await queryRunner.createIndex('u', new TableIndex({ isConcurrent: true }));",
        "await queryRunner.query(`CREATE TABLE a (b int NOT NULL)`);",
    ] {
        assert_eq!(found("src/migrations/1-a.ts", &class(up)), [""; 0], "{up}");
    }
    let second = class("await queryRunner.query('SELECT 1');\nawait queryRunner.dropColumn('u', 'a');");
    assert_eq!(found("src/migrations/1-a.ts", &second), ["drop-column:5"]);
}

#[test]
fn knex_is_read_in_up() {
    let module = |up: &str| {
        format!(
            "exports.up = async function (knex) {{\n{up}\n}};\nexports.down = (knex) => knex.schema.dropTable('a');\n"
        )
    };
    for (up, rule) in [
        ("await knex.schema.dropTable('users');", "drop-table:2"),
        ("return knex.schema.renameTable('a', 'b');", "rename:2"),
        ("return knex.schema.alterTable('u', (t) => { t.dropColumn('a'); });", "drop-column:2"),
        ("return knex.schema.table('u', function (t) { t.renameColumn('a', 'b'); });", "rename:2"),
        ("return knex.schema.alterTable('u', t => t.string('a').notNullable());", "required-column:2"),
        ("return knex.schema.alterTable('u', t => t.string('a').notNullable().alter());", "set-not-null:2"),
        (
            "return knex.schema.alterTable('u', (t) => {\n  t.string('a').notNullable().defaultTo('');\n  \
             t.integer('b').notNullable();\n});",
            "required-column:4",
        ),
        ("await knex.raw('ALTER TABLE u DROP COLUMN a');", "drop-column:2"),
        (
            "await knex.schema.createTable('n', (t) => t.string('a').notNullable()).dropTable('o');",
            "drop-table:2",
        ),
    ] {
        assert_eq!(found("migrations/1.js", &module(up)), [rule], "{up}");
    }
    for up in [
        "return knex.schema.createTable('u', (t) => { t.increments(); t.string('a').notNullable(); });",
        "return knex.schema.alterTable('u', (t) => { t.string('a').nullable(); t.timestamps(true, true); });",
        "await knex('users').where({ a: 1 }).update({ b: 2 });",
    ] {
        assert_eq!(found("migrations/1.js", &module(up)), [""; 0], "{up}");
    }
    let esm = "import type { Knex } from 'knex';\nexport async function up(knex: Knex) {\n  \
               await knex.schema.alterTable('u', (t) => t.dropColumn('a'));\n}\n\
               export async function down(knex: Knex) { await knex.schema.dropTable('x'); }\n";
    assert_eq!(found("migrations/1.ts", esm), ["drop-column:3"]);
    let sequelize = "module.exports = {\n  up: (q, S) => q.addColumn('u', 'a', { type: S.STRING, allowNull: false }),\n  \
                     async down(q) { await q.removeColumn('u', 'a'); }\n};\n";
    assert_eq!(found("migrations/1.js", sequelize), ["required-column:2"]);
    let kysely =
        "export async function up(db) {\n  await db.schema.alterTable('u').dropColumn('a').execute();\n}\n";
    assert_eq!(found("migrations/1.ts", kysely), ["drop-column:2"]);
}

#[test]
fn django_is_read_operation_by_operation() {
    let module = |operation: &str| {
        format!(
            "from django.db import migrations, models\n\nclass Migration(migrations.Migration):\n    operations = [\n        \
             {operation},\n    ]\n"
        )
    };
    for (operation, rule) in [
        ("migrations.DeleteModel(name='Order')", "drop-table:5"),
        ("migrations.RemoveField(model_name='order', name='a')", "drop-column:5"),
        ("migrations.RenameField('order', 'a', 'b')", "rename:5"),
        ("migrations.RenameModel('A', 'B')", "rename:5"),
        ("migrations.AddField('order', 'a', models.TextField())", "required-column:5"),
        ("migrations.AddField('order', 'a', models.TextField(default=''))", "default-in-code:5"),
        ("migrations.AlterField('order', 'a', models.TextField())", "change-type:5"),
        ("migrations.AddIndex('order', models.Index(fields=['a'], name='i'))", "blocking-index:5"),
        ("migrations.RunPython(forwards)", "no-way-back:5"),
        ("migrations.RunSQL('DROP TABLE a', 'CREATE TABLE a ()')", "drop-table:5"),
    ] {
        assert_eq!(found("shop/migrations/0002.py", &module(operation)), [rule], "{operation}");
    }
    for operation in [
        "migrations.CreateModel(name='Order', fields=[('a', models.TextField())])",
        "migrations.AddField('order', 'a', models.TextField(null=True))",
        "migrations.AddField('order', 'a', models.TextField(db_default=''))",
        "migrations.AddField('order', 'a', models.ManyToManyField(to='x.Y'))",
        "AddIndexConcurrently('order', models.Index(fields=['a'], name='i'))",
        "migrations.RunPython(forwards, migrations.RunPython.noop)",
        "migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel('A')])",
    ] {
        assert_eq!(found("shop/migrations/0002.py", &module(operation)), [""; 0], "{operation}");
    }
    let second = module(
        "migrations.CreateModel(name='Order', fields=[]),\n        migrations.AddField('order', 'a', models.TextField()),\n        \
         migrations.RemoveField('customer', 'b')",
    );
    assert_eq!(found("shop/migrations/0002.py", &second), ["drop-column:7"]);
}

#[test]
fn nothing_that_is_broken_stops_the_check() {
    for path in ["m.ts", "m.js", "m.py", "m.sql"] {
        let nested = format!("class Migration(migrations.Migration): {}", "(".repeat(10_000));
        for text in ["export async function up(", "operations = [", "é'", nested.as_str()] {
            rules(path, text);
        }
    }
}
