using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Pacs.Storage.Indexing.Migrations;

/// <summary>Scheduled procedure steps (the modality worklist) and performed ones.</summary>
[DbContext(typeof(PacsDbContext))]
[Migration("20261121090009_Worklist")]
internal sealed class M0009Worklist : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        -- An item is known by what people order and schedule by; its Study Instance UID may be this archive's own making.
        CREATE TABLE worklist_items (
            id                     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            patient_id             text COLLATE "C" NOT NULL,
            accession_number       text COLLATE "C" NOT NULL,
            requested_procedure_id text COLLATE "C" NOT NULL,
            step_id                text COLLATE "C" NOT NULL,
            study_instance_uid     text COLLATE "C" NOT NULL,
            patient_name_key       text COLLATE "C" NOT NULL,
            modality               text COLLATE "C" NOT NULL,
            station_ae_titles      text[] COLLATE "C" NOT NULL,
            start_date             text COLLATE "C" NOT NULL,
            start_time             text COLLATE "C" NOT NULL,
            status                 text COLLATE "C" NOT NULL,
            is_closed              boolean NOT NULL GENERATED ALWAYS AS (status IN ('COMPLETED', 'DISCONTINUED', 'CANCELED', 'CANCELLED')) STORED,
            dataset                bytea NOT NULL,
            created_at             timestamptz NOT NULL DEFAULT now(),
            updated_at             timestamptz NOT NULL DEFAULT now(),
            UNIQUE (patient_id, accession_number, requested_procedure_id, step_id)
        );
        CREATE INDEX worklist_items_open ON worklist_items (start_date, start_time, id) WHERE NOT is_closed;
        CREATE INDEX worklist_items_by_start ON worklist_items (start_date, start_time, id);
        CREATE INDEX worklist_items_by_accession ON worklist_items (accession_number);
        CREATE INDEX worklist_items_by_study ON worklist_items (study_instance_uid);
        CREATE INDEX worklist_items_by_procedure ON worklist_items (requested_procedure_id);

        -- "object_uids" are those that the step says it made: a study is complete when they are all here.
        CREATE TABLE procedure_steps (
            sop_instance_uid    text COLLATE "C" PRIMARY KEY,
            status              smallint NOT NULL,
            study_instance_uids text[] COLLATE "C" NOT NULL,
            object_uids         text[] COLLATE "C" NOT NULL DEFAULT '{}',
            calling_ae_title    text NOT NULL,
            dataset             bytea NOT NULL,
            created_at          timestamptz NOT NULL DEFAULT now(),
            updated_at          timestamptz NOT NULL DEFAULT now()
        );
        CREATE INDEX procedure_steps_by_study ON procedure_steps USING gin (study_instance_uids);
        CREATE INDEX procedure_steps_by_time ON procedure_steps (created_at, sop_instance_uid);
        """);
}
