using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace Pacs.Storage.Hosting;

internal static class PacsDbContextOptions
{
    /// <summary>Migrations are written by hand, so there is no snapshot of the model to compare with.</summary>
    public static DbContextOptionsBuilder UsePacs(this DbContextOptionsBuilder options, NpgsqlDataSource dataSource) => options
        .UseNpgsql(dataSource)
        .ConfigureWarnings(w => w.Ignore(RelationalEventId.PendingModelChangesWarning));

    /// <inheritdoc cref="UsePacs(DbContextOptionsBuilder, NpgsqlDataSource)"/>
    public static DbContextOptionsBuilder<T> UsePacs<T>(this DbContextOptionsBuilder<T> options, NpgsqlDataSource dataSource) where T : DbContext
    {
        ((DbContextOptionsBuilder)options).UsePacs(dataSource);
        return options;
    }
}
