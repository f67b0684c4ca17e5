using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Pacs.Storage.Indexing.Migrations;

/// <summary>Peers, API keys, jobs.</summary>
[DbContext(typeof(PacsDbContext))]
[Migration("20261121080001_Services")]
internal sealed class M0002Services : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        CREATE TABLE peers (
            ae_title text COLLATE "C" PRIMARY KEY,
            host text NOT NULL,
            port int NOT NULL,
            updated_at timestamptz NOT NULL DEFAULT now()
        );

        CREATE TABLE api_keys (
            id text COLLATE "C" PRIMARY KEY,
            name text NOT NULL,
            scope smallint NOT NULL,
            hash bytea NOT NULL UNIQUE,
            created_at timestamptz NOT NULL DEFAULT now(),
            revoked_at timestamptz
        );

        CREATE TABLE jobs (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            kind text COLLATE "C" NOT NULL,
            parameters jsonb NOT NULL,
            state smallint NOT NULL,
            attempts int NOT NULL DEFAULT 0,
            created_at timestamptz NOT NULL DEFAULT now(),
            started_at timestamptz,
            finished_at timestamptz,
            next_attempt_at timestamptz NOT NULL DEFAULT now(),
            owner text,
            lease_until timestamptz,
            error text
        );
        CREATE INDEX jobs_due ON jobs (next_attempt_at) WHERE state IN (1, 2);

        CREATE TABLE job_objects (
            job_id bigint NOT NULL REFERENCES jobs ON DELETE CASCADE,
            ordinal int NOT NULL,
            sop_instance_uid text COLLATE "C" NOT NULL,
            state smallint NOT NULL,
            attempts int NOT NULL DEFAULT 0,
            error text,
            finished_at timestamptz,
            PRIMARY KEY (job_id, ordinal)
        );
        """);
}
