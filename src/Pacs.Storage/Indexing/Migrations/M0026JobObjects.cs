using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Pacs.Storage.Indexing.Migrations;

/// <summary>What a job writes down of each of its objects costs as little as can be: it was most of what forwarding takes of the database.</summary>
[DbContext(typeof(PacsDbContext))]
[Migration("20261121235026_JobObjects")]
internal sealed class M0026JobObjects : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        -- An index that names the state has every change of it write into all indexes. The objects of one job are found by its key.
        DROP INDEX job_objects_open;

        -- Objects are only ever added by the statement that makes, or locks, their job: to look it up again for each was more than
        -- half of what making a job takes.
        ALTER TABLE job_objects DROP CONSTRAINT job_objects_job_id_fkey;
        CREATE FUNCTION remove_job_objects() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            DELETE FROM job_objects o USING gone WHERE o.job_id = gone.id;
            RETURN NULL;
        END $$;
        CREATE TRIGGER remove_job_objects AFTER DELETE ON jobs REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION remove_job_objects();
        """);
}
