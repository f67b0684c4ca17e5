using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Pacs.Storage.Hosting;

/// <summary>
/// A PostgreSQL of our own in the data folder, on a private Unix socket, shared by every process of this data folder:
/// whoever needs it first starts it, the rest adopt it, the last to leave stops it. It outlives a process that is killed;
/// the next one adopts it.
/// </summary>
internal sealed class PrivatePostgres : IAsyncDisposable
{
    private const string Role = "pacs";
    private readonly PacsOptions _options;
    private readonly ILogger<PrivatePostgres> _log;
    private readonly string _folder;
    private readonly string _cluster;
    private readonly string _socketFolder;
    private readonly CancellationTokenSource _leaving = new();
    private ServiceAccount? _account;
    private PostgresBinaries? _binaries;
    private FileStream? _inUse;
    private Task _watch = Task.CompletedTask;

    public PrivatePostgres(PacsOptions options, ILogger<PrivatePostgres> log)
    {
        _options = options;
        _log = log;
        _folder = Path.Combine(options.DataPath, "postgres");
        _cluster = Path.Combine(_folder, "cluster");
        const UnixFileMode Passable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        Directory.CreateDirectory(options.DataPath, Passable);
        Directory.CreateDirectory(_folder, Passable);
        _socketFolder = PostgresSocket.FolderFor(_folder);
    }

    public string ConnectionString => $"Host={_socketFolder};Username={Role};Database={Role}";

    /// <summary>Bytes free where its tables and its log are.</summary>
    public long FreeBytes => new DriveInfo(_cluster).AvailableFreeSpace;

    private string StartLock => Path.Combine(_folder, "start.lock");
    private string UseLock => Path.Combine(_folder, "in-use.lock");

    /// <exception cref="PacsStartupException">It cannot be started, and why.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        using (await FolderLock.ExclusiveAsync(StartLock, cancellation))
        {
            _inUse ??= FolderLock.TryShared(UseLock) ?? throw new PacsStartupException($"{UseLock} is locked by another program.");
            _account = await ServiceAccount.ForAsync(_options.Database.ServiceUser, _folder, cancellation);
            _binaries = await PostgresBinaries.FindAsync(_options.Database.BinaryFolder, ClusterMajor(), cancellation);
            if (ClusterMajor() is null) await CreateClusterAsync(cancellation);
            if (IsRunning()) _log.AdoptedPostgres(_folder);
            else await LaunchAsync(cancellation);
            await EnsureDatabaseAsync(cancellation);
        }
        _watch = Task.Run(WatchAsync, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync();
        await _watch;
        _leaving.Dispose();
        if (_inUse is null) return;
        using (await FolderLock.ExclusiveAsync(StartLock, CancellationToken.None))
        {
            await _inUse.DisposeAsync();
            _inUse = null;
            using var alone = FolderLock.TryExclusive(UseLock);
            if (alone is null) _log.LeftPostgresRunning();
            else await StopAsync();
        }
    }

    private int? ClusterMajor() =>
        File.Exists(Path.Combine(_cluster, "PG_VERSION")) && int.TryParse(File.ReadAllText(Path.Combine(_cluster, "PG_VERSION")), out var major) ? major : null;

    // Made under another name: a crash in the midst leaves nothing that looks like a cluster.
    private async Task CreateClusterAsync(CancellationToken cancellation)
    {
        _log.CreatingCluster(_cluster);
        var draft = _cluster + ".new";
        if (Directory.Exists(draft)) Directory.Delete(draft, recursive: true);
        _account!.Own(draft);
        var made = await _account.RunAsync(
            [_binaries!.InitDb, "-D", draft, "-U", Role, "--auth=peer", "--encoding=UTF8", "--lc-collate=C", "--lc-ctype=C.UTF-8", "--data-checksums"], cancellation);
        if (made.ExitCode != 0) throw new PacsStartupException($"PostgreSQL's initdb failed in {draft}: {made.Output}");
        Directory.Move(draft, _cluster);
        Posix.FlushDirectory(_folder);
    }

    private async Task LaunchAsync(CancellationToken cancellation)
    {
        await PostgresSocket.PrepareAsync(_socketFolder, _account!, cancellation);
        PostgresConfiguration.Write(_cluster, _socketFolder);
        var log = Path.Combine(_cluster, "server.log");
        var patience = Stopwatch.StartNew();
        while (true)
        {
            var started = await _account!.RunAsync(
                [_binaries!.PgCtl, "start", "-D", _cluster, "-l", log, "-w", "-t", $"{_options.Database.StartupTimeoutSeconds}", "-s"], cancellation);
            if (started.ExitCode == 0) break;
            var end = File.Exists(log) ? File.ReadLines(log).TakeLast(5).ToList() : [];
            // A postmaster that was killed is in the way until its children have noticed and the system has reaped it.
            if (!end.Any(line => line.Contains("shared memory block", StringComparison.Ordinal) || line.Contains("lock file", StringComparison.Ordinal)) || patience.Elapsed.TotalSeconds > _options.Database.StartupTimeoutSeconds)
                throw new PacsStartupException($"The private PostgreSQL did not start: {started.Output} The end of {log}: {string.Join(" | ", end)}");
            await Task.Delay(100, cancellation);
        }
        _log.StartedPostgres($"{_binaries.Major}", _folder);
    }

    private async Task StopAsync()
    {
        if (!IsRunning()) return;
        var stopped = await _account!.RunAsync([_binaries!.PgCtl, "stop", "-D", _cluster, "-m", "fast", "-w", "-t", "60", "-s"], CancellationToken.None);
        if (stopped.ExitCode == 0) _log.StoppedPostgres();
        else _log.PostgresDoesNotStop(stopped.Output);
    }

    /// <summary>One that is adopted may still recover from the crash that ended its last process: it lives, and lets nobody in.</summary>
    private async Task EnsureDatabaseAsync(CancellationToken cancellation)
    {
        var patience = Stopwatch.StartNew();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await MakeDatabaseAsync(cancellation);
                return;
            }
            catch (NpgsqlException e) when (e.IsTransient && patience.Elapsed.TotalSeconds < _options.Database.StartupTimeoutSeconds)
            {
                if (attempt == 0) _log.WaitingForDatabase(e.Message);
                await Task.Delay(100, cancellation);
            }
            catch (NpgsqlException e)
            {
                throw new PacsStartupException($"The private PostgreSQL does not answer: {e.Message} Look into {Path.Combine(_cluster, "server.log")}.", e);
            }
        }
    }

    private async Task MakeDatabaseAsync(CancellationToken cancellation)
    {
        await using var maintenance = NpgsqlDataSource.Create($"Host={_socketFolder};Username={Role};Database=postgres;Pooling=false;Timeout={_options.Database.StartupTimeoutSeconds}");
        await using var exists = maintenance.CreateCommand($"SELECT FROM pg_database WHERE datname = '{Role}'");
        await using (var reader = await exists.ExecuteReaderAsync(cancellation))
            if (await reader.ReadAsync(cancellation)) return;
        await using var create = maintenance.CreateCommand($"CREATE DATABASE {Role}");
        await create.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Process numbers are reused, also across a restart of the machine: the process has to be a PostgreSQL that lives, in this folder.</summary>
    private bool IsRunning()
    {
        try
        {
            var record = File.ReadAllText(Path.Combine(_cluster, "postmaster.pid"));
            var pid = int.Parse(record.Split('\n')[0]);
            // "4711 (postgres) S …"; Z for one that has ended.
            return File.ReadAllText($"/proc/{pid}/stat").Split(' ') is [_, "(postgres)", not "Z", ..]
                && IsHere(pid, record);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or InvalidOperationException)
        {
            return false;
        }
    }

    private bool IsHere(int pid, string record)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cwd/postmaster.pid") == record;
        }
        catch (UnauthorizedAccessException)
        {
            // That of a service with a right that this process lacks, as to listen on ports below 1024, shows no more than its command line.
            return File.ReadAllText($"/proc/{pid}/cmdline").Split('\0') is [_, "-D", var folder, ..] && folder == _cluster;
        }
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        try
        {
            while (await timer.WaitForNextTickAsync(_leaving.Token))
            {
                if (IsRunning()) continue;
                using var turn = await FolderLock.ExclusiveAsync(StartLock, _leaving.Token);
                if (IsRunning()) continue;
                _log.PostgresGone();
                try
                {
                    await LaunchAsync(_leaving.Token);
                }
                catch (Exception e) when (e is PacsStartupException or IOException)
                {
                    _log.PostgresDoesNotStart(e);
                    await Task.Delay(2000, _leaving.Token);
                }
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }
    }
}
