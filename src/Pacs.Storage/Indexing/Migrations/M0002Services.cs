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

        -- "run" counts the runs of a job and fences them: a worker that was thought dead writes nothing into the run of its
        -- successor. Objects carry UIDs, not references, so that a job's history outlives them.
        CREATE TABLE jobs (
            id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            kind                text COLLATE "C" NOT NULL,
            state               smallint NOT NULL DEFAULT 0,
            peer                text,
            study_instance_uid  text,
            series_instance_uid text,
            sop_instance_uid    text,
            message             text NOT NULL DEFAULT '',
            attempts            integer NOT NULL DEFAULT 0,
            run                 integer NOT NULL DEFAULT 0,
            objects_total       integer NOT NULL DEFAULT 0,
            objects_done        integer NOT NULL DEFAULT 0,
            objects_failed      integer NOT NULL DEFAULT 0,
            created_at          timestamptz NOT NULL DEFAULT now(),
            started_at          timestamptz,
            finished_at         timestamptz,
            next_attempt_at     timestamptz NOT NULL DEFAULT now()
        );
        CREATE INDEX jobs_unfinished ON jobs (next_attempt_at) WHERE state IN (0, 1, 2);

        CREATE TABLE job_objects (
            job_id           bigint NOT NULL REFERENCES jobs ON DELETE CASCADE,
            number           integer NOT NULL,
            sop_instance_uid text NOT NULL,
            state            smallint NOT NULL DEFAULT 0,
            status           integer,
            message          text NOT NULL DEFAULT '',
            attempts         integer NOT NULL DEFAULT 0,
            updated_at       timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (job_id, number)
        );
        CREATE INDEX job_objects_open ON job_objects (job_id, number) WHERE state IN (0, 1, 2);
        """);
}
