using System.Diagnostics;
using System.Security.Cryptography;
using Pacs.TestKit.Processes;

namespace Pacs.Fuzz.Tests.Fuzzing;

/// <summary>
/// Runs a target on its seeds and on mutations of what it accepted, until the time is over or something does not hold. A
/// finding is made small, written to <c>artifacts/fuzz</c>, and told with what it takes to see it again.
/// </summary>
internal sealed class Fuzzer(FuzzTarget target, int seed)
{
    private const int MaxPool = 512;
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MaxShrinking = TimeSpan.FromSeconds(10);

    private static readonly string Findings = Path.Combine(RepositoryPaths.Root, "artifacts", "fuzz");

    /// <summary>Inputs of past findings, committed: they are tried first, in every run.</summary>
    public static IEnumerable<string> CorpusOf(FuzzTarget target)
    {
        var folder = Path.Combine(RepositoryPaths.Root, "tests", "Pacs.Fuzz.Tests", "Corpus", target.Name);
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal) : [];
    }

    /// <summary>Runs for as long as told; the number of inputs that were tried.</summary>
    /// <exception cref="FuzzException">A finding.</exception>
    public long Run(TimeSpan duration)
    {
        var random = new Random(seed);
        var mutator = new Mutator(random, target.Tokens);
        List<byte[]> pool = [.. CorpusOf(target).Select(File.ReadAllBytes), .. target.Seeds];
        foreach (var input in pool) Check(input);

        // What kills the process cannot be reported by it: the last input is on disk before it is tried.
        Directory.CreateDirectory(Findings);
        var last = Path.Combine(Findings, target.Name + ".last");
        using var lastInput = File.OpenHandle(last, FileMode.Create, FileAccess.Write);
        var started = Stopwatch.GetTimestamp();
        var runs = 0L;
        for (; Stopwatch.GetElapsedTime(started) < duration; runs++)
        {
            var input = mutator.Mutate(pool[random.Next(pool.Count)], pool[random.Next(pool.Count)]);
            RandomAccess.SetLength(lastInput, input.Length);
            RandomAccess.Write(lastInput, input, 0);
            if (!Check(input)) continue;
            if (pool.Count < MaxPool) pool.Add(input);
            else pool[random.Next(pool.Count)] = input;
        }
        lastInput.Dispose();
        File.Delete(last);
        return runs;
    }

    /// <summary>Tries one input; true when it was accepted.</summary>
    /// <exception cref="FuzzException">A finding.</exception>
    public bool Check(byte[] input)
    {
        if (TryRun(input, out var accepted) is not { } fault) return accepted;
        var small = Shrink(input, fault);
        fault = TryRun(small, out _) ?? fault;
        var path = Path.Combine(Directory.CreateDirectory(Findings).FullName, $"{target.Name}-{Convert.ToHexString(SHA256.HashData(small))[..12]}");
        File.WriteAllBytes(path, small);
        throw new FuzzException(
            $"{target.Name}, PACS_FUZZ_SEED={seed}: {fault.GetType().Name}: {fault.Message}{Environment.NewLine}"
            + $"The input is {path}: mend, then keep it as tests/Pacs.Fuzz.Tests/Corpus/{target.Name}/WHAT-IT-WAS.", fault);
    }

    private Exception? TryRun(byte[] input, out bool accepted)
    {
        accepted = false;
        var started = Stopwatch.GetTimestamp();
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            accepted = target.Run(input, new Random(input.Length));
        }
        catch (Exception fault)
        {
            return fault;
        }
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        if (allocated > target.AllowedAllocation(input.Length)) return new FuzzException($"{allocated} bytes were allocated for an input of {input.Length}.");
        return Stopwatch.GetElapsedTime(started) > MaxTime && TimeAgain(input) is var elapsed && elapsed > MaxTime
            ? new FuzzException($"{elapsed} were spent on an input of {input.Length} bytes.") : null;
    }

    /// <summary>A machine that stood still for a while is not a finding: it does not stand still twice.</summary>
    private TimeSpan TimeAgain(byte[] input)
    {
        var started = Stopwatch.GetTimestamp();
        target.Run(input, new Random(input.Length));
        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>Leaves out pieces, ever smaller ones, as long as the fault stays of its type.</summary>
    private byte[] Shrink(byte[] input, Exception fault)
    {
        var started = Stopwatch.GetTimestamp();
        for (var piece = input.Length / 2; piece > 0; piece /= 2)
        {
            for (var at = 0; at + piece <= input.Length && Stopwatch.GetElapsedTime(started) < MaxShrinking;)
            {
                byte[] smaller = [.. input.AsSpan(0, at), .. input.AsSpan(at + piece)];
                if (TryRun(smaller, out _) is { } same && same.GetType() == fault.GetType() && Rule(same) == Rule(fault)) input = smaller;
                else at += piece;
            }
        }
        return input;
    }

    // Numbers in a message change while the input shrinks.
    private static string Rule(Exception fault) => string.Concat(fault.Message.Where(char.IsLetter));
}
