using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Pacs.Storage.Indexing.Migrations;

/// <summary>Fetching from other archives: what a job found there, what of it has come, and whose objects those of a C-MOVE are.</summary>
[DbContext(typeof(PacsDbContext))]
[Migration("20261121090015_Fetch")]
internal sealed class M0015Fetch : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        CREATE TABLE fetch_objects (
            job_id bigint NOT NULL REFERENCES jobs ON DELETE CASCADE,
            sop_instance_uid text COLLATE "C" NOT NULL,
            study_instance_uid text COLLATE "C" NOT NULL,
            series_instance_uid text COLLATE "C" NOT NULL,
            sop_class_uid text COLLATE "C" NOT NULL,
            transfer_syntax_uid text COLLATE "C" NOT NULL,
            arrived_at timestamptz,
            status int,
            message text,
            PRIMARY KEY (job_id, sop_instance_uid)
        );

        -- The message identifier of a C-MOVE comes back with each of its objects (Move Originator Message ID, PS3.7 §9.1.1.1.7):
        -- those under way at a time differ, whichever worker asked.
        CREATE TABLE running_moves (
            message_id int PRIMARY KEY,
            job_id bigint NOT NULL REFERENCES jobs ON DELETE CASCADE,
            peer text NOT NULL,
            begun_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE INDEX running_moves_job ON running_moves (job_id);
        CREATE SEQUENCE move_message_ids AS int MINVALUE 1 MAXVALUE 65535 CYCLE;
        """);
}
