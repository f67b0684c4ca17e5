using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Pacs.Storage.Indexing.Migrations;

/// <summary>Who may associate, with what, on which listener.</summary>
/// <remarks>
/// Settings are the JSON of <see cref="Peers.Peer"/>, <see cref="Access.Listener"/> and <see cref="Access.AccessRule"/>
/// without what has a column. The version rises in the transaction of every change: one small read tells each node
/// whether what it remembers is still so.
/// </remarks>
[DbContext(typeof(PacsDbContext))]
[Migration("20261121080005_Access")]
internal sealed class M0006Access : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        ALTER TABLE peers ADD COLUMN settings jsonb NOT NULL DEFAULT '{}';

        CREATE TABLE listeners (
            name text COLLATE "C" PRIMARY KEY,
            settings jsonb NOT NULL,
            updated_at timestamptz NOT NULL DEFAULT now()
        );

        CREATE TABLE access_rules (
            position int PRIMARY KEY,
            settings jsonb NOT NULL,
            updated_at timestamptz NOT NULL DEFAULT now()
        );

        CREATE TABLE access_version (version bigint NOT NULL);
        INSERT INTO access_version VALUES (1);

        CREATE FUNCTION raise_access_version() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            UPDATE access_version SET version = version + 1;
            RETURN NULL;
        END $$;
        CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON peers FOR EACH STATEMENT EXECUTE FUNCTION raise_access_version();
        CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON listeners FOR EACH STATEMENT EXECUTE FUNCTION raise_access_version();
        CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON access_rules FOR EACH STATEMENT EXECUTE FUNCTION raise_access_version();

        -- What each node says of its listeners, said anew every few seconds: lost in a crash, and of no use after one.
        CREATE UNLOGGED TABLE listener_states (
            node text NOT NULL,
            name text COLLATE "C" NOT NULL,
            end_point text,
            fault text,
            associations int NOT NULL,
            seen_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (node, name)
        );
        """);
}
