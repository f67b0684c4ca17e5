using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Pacs.Storage.Indexing.Migrations;

/// <summary>Routing rules may name the webhooks that they tell.</summary>
[DbContext(typeof(PacsDbContext))]
[Migration("20261121190025_NamedWebhooks")]
internal sealed class M0025NamedWebhooks : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        -- The webhooks that it is meant for, whatever they follow; null for those that follow its kind.
        ALTER TABLE changes ADD webhooks bigint[];
        """);
}
