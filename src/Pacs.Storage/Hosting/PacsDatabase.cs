using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Npgsql;
using Pacs.Storage.Indexing;

namespace Pacs.Storage.Hosting;

/// <summary>The PostgreSQL of this process: the one configured, or the private instance, started and migrated.</summary>
public sealed class PacsDatabase : IAsyncDisposable
{
    private readonly PacsOptions _options;
    private readonly PrivatePostgres? _postgres;
    private readonly ILogger<PacsDatabase> _log;

    public PacsDatabase(PacsOptions options, ILoggerFactory loggers)
    {
        _options = options;
        _log = loggers.CreateLogger<PacsDatabase>();
        if (options.Database.ConnectionString is null) _postgres = new PrivatePostgres(options, loggers.CreateLogger<PrivatePostgres>());
        var connection = new NpgsqlConnectionStringBuilder(options.Database.ConnectionString ?? _postgres!.ConnectionString)
        {
            MaxPoolSize = options.Database.MaxConnections,
            ApplicationName = "pacs",
            // The defaults of 15 s and 30 s are longer than a modality waits.
            Timeout = 5,
            KeepAlive = 30,
            // Nothing here changes a session that it gives back; a reset before each use costs as much as a look-up.
            NoResetOnClose = true,
            // Whatever the configured string says: both would put patients' names into exceptions and logs.
            IncludeErrorDetail = false,
            LogParameters = false,
        };
        DataSource = new NpgsqlDataSourceBuilder(connection.ConnectionString).UseLoggerFactory(loggers).Build();
        (connection.MaxAutoPrepare, connection.AutoPrepareMinUsages, connection.CommandTimeout) = (60, 2, 10);
        // An acknowledgement is a promise, also where the server's own default is to commit in memory.
        connection.Options = $"{connection.Options} -c synchronous_commit=on -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c statement_timeout=10s".TrimStart();
        KeyedSource = new NpgsqlDataSourceBuilder(connection.ConnectionString).UseLoggerFactory(loggers).Build();
    }

    /// <summary>
    /// Connections for statements that come again and again and find their rows by key, as ingest and retrieval do:
    /// prepared, with one plan, by index, whatever the tables' statistics say yet.
    /// </summary>
    internal NpgsqlDataSource KeyedSource { get; }

    /// <summary>Connections to the index. Usable once <see cref="StartAsync"/> is done.</summary>
    public NpgsqlDataSource DataSource { get; }

    /// <summary>Bytes free on the disk of the private instance; null for a configured database, whose disk is not ours to see.</summary>
    /// <exception cref="IOException">It cannot be told.</exception>
    public long? FreeBytes => _postgres?.FreeBytes;

    /// <summary>Starts the private instance if there is one, waits until the database answers, migrates it. Safe from several processes at once.</summary>
    /// <exception cref="PacsStartupException">There is no database, and why.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        if (_postgres is not null) await _postgres.StartAsync(cancellation);
        await WaitUntilItAnswersAsync(cancellation);
        await MigrateAsync(cancellation);
    }

    /// <summary>Whether the database answers a query now.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancellation)
    {
        try
        {
            await using var command = DataSource.CreateCommand("SELECT 1");
            command.CommandTimeout = 3;
            await command.ExecuteScalarAsync(cancellation);
            return true;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Closes the connections; stops the private instance unless another process uses it.</summary>
    public async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        await KeyedSource.DisposeAsync();
        if (_postgres is not null) await _postgres.DisposeAsync();
    }

    private async Task WaitUntilItAnswersAsync(CancellationToken cancellation)
    {
        var deadline = DateTime.UtcNow.AddSeconds(_options.Database.StartupTimeoutSeconds);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await using var connection = await DataSource.OpenConnectionAsync(cancellation);
                if (connection.PostgreSqlVersion.Major < 15)
                    throw new PacsStartupException($"PostgreSQL {connection.PostgreSqlVersion} is too old: version 15 or later is needed.");
                // A pooler between, as PgBouncer, takes the one kind of connection and not the other.
                await using var keyed = await KeyedSource.OpenConnectionAsync(cancellation);
                return;
            }
            catch (NpgsqlException e) when (DateTime.UtcNow < deadline)
            {
                if (attempt == 0) _log.WaitingForDatabase(e.Message);
                await Task.Delay(500, cancellation);
            }
            catch (NpgsqlException e)
            {
                throw new PacsStartupException($"The database does not answer: {e.Message} Check Pacs:Database:ConnectionString.", e);
            }
        }
    }

    private async Task MigrateAsync(CancellationToken cancellation)
    {
        // Several processes start at once: one migrates, the others wait and find it done.
        await using var turn = await DataSource.OpenConnectionAsync(cancellation);
        await using (var take = new NpgsqlCommand("SELECT pg_advisory_lock(7226001)", turn) { CommandTimeout = 0 })
            await take.ExecuteNonQueryAsync(cancellation);
        await using var context = new PacsDbContext(new DbContextOptionsBuilder<PacsDbContext>().UsePacs(DataSource).Options);
        // A migration of a large archive takes as long as it takes.
        context.Database.SetCommandTimeout(TimeSpan.Zero);
        await context.Database.MigrateAsync(cancellation);
        await using var release = new NpgsqlCommand("SELECT pg_advisory_unlock(7226001)", turn);
        await release.ExecuteNonQueryAsync(cancellation);
    }
}
