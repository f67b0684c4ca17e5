using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Pacs.Storage.Indexing.Migrations;

/// <summary>Changes that tell what routing rules took; which of several peers took an object of a job.</summary>
[DbContext(typeof(PacsDbContext))]
[Migration("20261121190020_Notices")]
internal sealed class M0020Notices : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        -- Of what a routing rule took: its name.
        ALTER TABLE changes ADD rule text;

        -- Who took it, where the job has alternates; else it is the peer of the job.
        ALTER TABLE job_objects ADD peer text COLLATE "C";
        """);
}
