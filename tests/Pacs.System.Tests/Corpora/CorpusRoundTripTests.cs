using Pacs.System.Tests.Servers;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Samples;
using Xunit.Abstractions;

namespace Pacs.System.Tests.Corpora;

/// <summary>
/// Real files: in by C-STORE or by STOW-RS, found by their UIDs through QIDO-RS and C-FIND, back by WADO-RS and C-GET with the
/// same bytes in their data set. Several share UIDs, so each is fetched and deleted before the next comes.
/// </summary>
public abstract class CorpusRoundTripTests(ServerFixture fixture, ITestOutputHelper output)
{
    /// <summary>The files that are refused, and how.</summary>
    protected abstract IReadOnlyDictionary<string, string> ExpectedRefusals { get; }

    /// <summary>Sends the object: null when it was stored, else how it was refused.</summary>
    private protected abstract Task<string?> StoreAsync(CorpusObject item);

    private protected TestScu Scu => fixture.Scu;
    private protected DicomWebClient Web => fixture.Web;

    [Fact]
    public async Task Corpus_EveryFile_ComesBackByteForByteOrIsRefusedForTheReasonGiven()
    {
        var refusals = new SortedDictionary<string, string>(StringComparer.Ordinal);
        List<string> faults = [];
        foreach (var file in Corpus.Files(output.WriteLine))
        {
            var item = CorpusObject.Read(file.FullPath);
            if ((item is null ? "not readable" : await StoreAsync(item)) is { } refusal) refusals[file.Path] = refusal;
            else faults.AddRange((await FaultsAsync(item!)).Select(f => $"{file.Path}: {f}"));
        }
        foreach (var (path, refusal) in refusals) output.WriteLine($"refused: {path}: {refusal}");

        Assert.Empty(faults);
        if (Corpus.Folder is not null) Assert.Equal(ExpectedRefusals.OrderBy(r => r.Key, StringComparer.Ordinal), refusals);
    }

    [Fact]
    public async Task Samples_EveryKindAndNativeSyntax_ComeBackByteForByte()
    {
        foreach (var sample in SampleObjects.OneOfEach(SampleOptions.Fresh()))
        {
            var item = new CorpusObject(sample.TransferSyntax.Uid, sample.SopClassUid, sample.SopInstanceUid, sample.StudyInstanceUid, sample.SeriesInstanceUid, sample.ToPart10(), sample.ToDatasetBytes());
            Assert.Null(await StoreAsync(item));
            Assert.Empty(await FaultsAsync(item));
        }
    }

    private async Task<IReadOnlyList<string>> FaultsAsync(CorpusObject item)
    {
        List<string> faults = [];
        var found = await Web.QidoAsync(
            $"instances?StudyInstanceUID={Uri.EscapeDataString(item.StudyInstanceUid)}&SeriesInstanceUID={Uri.EscapeDataString(item.SeriesInstanceUid)}&SOPInstanceUID={Uri.EscapeDataString(item.SopInstanceUid)}");
        if (found.Count != 1) faults.Add($"QIDO-RS finds {found.Count}");

        var responses = await Scu.FindAsync(item.Identifier);
        if (responses.Count != 2 || !responses[^1].Status.IsSuccess) faults.Add($"C-FIND answers {string.Join(", ", responses.Select(r => r.Status))}");

        var files = await Web.WadoAsync(item.InstancePath);
        if (files.Count != 1 || !Part10.DatasetOf(files[0]).AsSpan().SequenceEqual(item.Dataset)) faults.Add("WADO-RS gives other bytes");

        var (final, objects) = await Scu.GetAsync(item.Identifier, (item.SopClassUid, item.TransferSyntaxUid));
        if (!final.Status.IsSuccess || objects.Count != 1 || !objects[0].Dataset.AsSpan().SequenceEqual(item.Dataset)) faults.Add($"C-GET gives other bytes ({final.Status})");

        using var deleted = await fixture.Server.Http.DeleteAsync($"/api/v1/{item.StudyPath}");
        if (!deleted.IsSuccessStatusCode) faults.Add($"DELETE answers {(int)deleted.StatusCode}");
        return faults;
    }
}
