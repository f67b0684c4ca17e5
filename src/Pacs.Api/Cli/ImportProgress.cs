using System.Diagnostics;
using Pacs.Storage.Ingest;

namespace Pacs.Api.Cli;

/// <summary>How far an import is: a bar on a terminal, lines elsewhere, and each file that could not be taken in.</summary>
internal sealed class ImportProgress(TextWriter output, bool isTerminal) : IDisposable
{
    private const int BarWidth = 30;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _shown = TimeSpan.MinValue;
    private int _total;
    private int _stored;
    private int _known;
    private int _foreign;

    /// <summary>DICOM files that could not be taken in, and folders that could not be read.</summary>
    public int Failed { get; private set; }

    private int Seen => _stored + _known + _foreign + Failed;

    public void Begin(int total, ImportTree tree)
    {
        _total = total + tree.Unreadable.Count;
        foreach (var folder in tree.PassedOver) output.WriteLine($"{folder}: passed over, it is the archive's own");
        foreach (var (folder, message) in tree.Unreadable)
        {
            Failed++;
            output.WriteLine($"{folder}: {message}");
        }
    }

    public void Add(string file, IngestResult result, bool isDicom)
    {
        lock (_lock)
        {
            switch (result.Outcome)
            {
                case IngestOutcome.Stored or IngestOutcome.Replaced:
                    _stored++;
                    break;
                case IngestOutcome.AlreadyStored or IngestOutcome.KeptExisting:
                    _known++;
                    break;
                case IngestOutcome.NotUnderstood when !isDicom:
                    _foreign++;
                    break;
                default:
                    Failed++;
                    Clear();
                    output.WriteLine($"{file}: {result.Message}");
                    break;
            }
            if (isTerminal && _clock.Elapsed - _shown > Interval) Show();
        }
    }

    /// <summary>The end: what came of it.</summary>
    public void Finish()
    {
        lock (_lock)
        {
            Clear();
            output.WriteLine($"{_total} files: {_stored} stored, {_known} were here already, {_foreign} are not DICOM, {Failed} failed; {_clock.Elapsed.TotalSeconds:F1} s");
        }
    }

    public void Dispose() => output.Flush();

    private void Show()
    {
        _shown = _clock.Elapsed;
        var done = _total == 0 ? BarWidth : (int)((long)BarWidth * Seen / _total);
        output.Write($"\r[{new string('#', done)}{new string('.', BarWidth - done)}] {Seen}/{_total}  {Seen / Math.Max(0.001, _clock.Elapsed.TotalSeconds):F0}/s  {Failed} failed ");
    }

    private void Clear()
    {
        if (isTerminal) output.Write("\r" + new string(' ', 78) + "\r");
    }
}
