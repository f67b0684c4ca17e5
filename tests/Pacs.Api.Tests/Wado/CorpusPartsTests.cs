using System.Text;
using System.Text.Json;
using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.TestKit.Samples;
using Xunit.Abstractions;

namespace Pacs.Api.Tests.Wado;

/// <summary>Of each file of the corpus: metadata in UTF-8, the bytes behind every BulkDataURI, every frame – as a reader says that holds the whole file.</summary>
public sealed class CorpusPartsTests(ApiServer server, ITestOutputHelper output) : IClassFixture<ApiServer>
{
    private static readonly DatasetLimits Everything = new() { KeepBulkData = true, MaxInlineTotal = 1L << 30 };

    private int _bulkValues;
    private int _frames;

    [Fact]
    public async Task Corpus_MetadataBulkDataAndFrames_AreWhatTheFileHolds()
    {
        var stored = 0;
        foreach (var file in Corpus.Files(output.WriteLine).Where(f => f.IsReadByDcmdump))
        {
            var bytes = await File.ReadAllBytesAsync(file.FullPath);
            using var answer = await server.Http.PostAsync("/dicomweb/studies", ApiServer.Multipart(bytes));
            if ((int)answer.StatusCode != 200) continue;
            stored++;
            var sent = DicomFile.Read(new MemoryStream(bytes), Everything);
            try
            {
                await CheckAsync(Unpadded(sent));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{file.Path}: {e.Message}", e);
            }
            using var deleted = await server.Http.DeleteAsync($"/api/v1/studies/{sent.Dataset.GetString(Tags.StudyInstanceUID)}");
            Assert.True(deleted.IsSuccessStatusCode);
        }
        output.WriteLine($"{stored} files stored, {_bulkValues} bulk values and {_frames} frames compared");
    }

    private async Task CheckAsync(DicomDataset sent)
    {
        var path = $"/dicomweb/studies/{sent.GetString(Tags.StudyInstanceUID)}/series/{sent.GetString(Tags.SeriesInstanceUID)}/instances/{sent.GetString(Tags.SOPInstanceUID)}";
        using var response = await server.GetAsync(path + "/metadata");
        var utf8 = await response.Content.ReadAsByteArrayAsync();
        Assert.True(response.IsSuccessStatusCode, Encoding.UTF8.GetString(utf8));
        var json = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(utf8);
        var metadata = JsonDocument.Parse(json).RootElement[0];

        CheckText(sent, metadata, json);
        List<(string Uri, byte[] Value)> bulk = [];
        Collect(sent, metadata, server.Address + path + "/bulkdata/", bulk);
        foreach (var (uri, value) in bulk)
        {
            var parts = await ReceivedPart.ReadAsync(await server.GetAsync(uri));
            AssertSame(value, parts.Select(p => p.Data));
            Assert.All(parts, p => Assert.StartsWith(uri, p.Location, StringComparison.Ordinal));
            if (parts.Count > 1) continue;
            Assert.Equal(uri, parts[0].Location);
            using var single = await server.GetAsync(uri, "application/octet-stream; transfer-syntax=*");
            Assert.True(single.IsSuccessStatusCode, await single.Content.ReadAsStringAsync());
            AssertSame(value, [await single.Content.ReadAsByteArrayAsync()]);
        }
        _bulkValues += bulk.Count;
        if (bulk.Count > 0) AssertSame(Concat(bulk.Select(b => b.Value)), (await ReceivedPart.ReadAsync(await server.GetAsync(path + "/bulkdata"))).Select(p => p.Data));
        else Assert.Equal(404, (int)(await server.GetAsync(path + "/bulkdata")).StatusCode);
        await CheckFramesAsync(sent, path);
    }

    /// <summary>Frames that are encapsulated, but not compressed, are sent without what makes their fragments even.</summary>
    private static DicomDataset Unpadded(DicomFile sent)
    {
        if (sent.FileMeta.TransferSyntax.Uid == Uids.EncapsulatedUncompressedExplicitVRLittleEndian && sent.Dataset[Tags.PixelData] is FragmentsElement pixels)
        {
            var length = (int)((FrameTable.BitsPerFrame(sent.Dataset) + 7) / 8);
            sent.Dataset.Set(new FragmentsElement(pixels.Tag, pixels.Vr, [pixels.Fragments[0], .. pixels.Fragments.Skip(1).Select(f => f[..length])]));
        }
        return sent.Dataset;
    }

    private static void CheckText(DicomDataset sent, JsonElement metadata, string json)
    {
        var hasCharacterSet = metadata.TryGetProperty("00080005", out var characterSet) && characterSet.TryGetProperty("Value", out _);
        if (hasCharacterSet) Assert.Equal(["ISO_IR 192"], characterSet.GetProperty("Value").EnumerateArray().Select(v => v.GetString()));
        if (sent.GetString(Tags.SpecificCharacterSet) is { Length: > 0 }) Assert.True(hasCharacterSet);
        var name = metadata.TryGetProperty("00100010", out var element) && element.TryGetProperty("Value", out var names) && names[0].ValueKind == JsonValueKind.Object
            ? string.Join('=', names[0].EnumerateObject().Select(g => g.Value.GetString()))
            : "";
        var expected = string.Join('=', (sent.GetString(Tags.PatientName) ?? "").Split('=').Select(g => g.Trim()).Where(g => g.Trim('^').Length > 0));
        Assert.Equal(expected, name);
        Assert.DoesNotContain('\uFFFD', expected.Contains('\uFFFD', StringComparison.Ordinal) ? "" : name);
    }

    /// <summary>Walks both at once: the URI is that of the place where it stands.</summary>
    private static void Collect(DicomDataset sent, JsonElement metadata, string before, List<(string Uri, byte[] Value)> bulk)
    {
        foreach (var element in sent.OrderBy(e => e.Tag.Value).DistinctBy(e => e.Tag))
        {
            if (!metadata.TryGetProperty(element.Tag.ToHex(), out var json)) continue;
            if (json.TryGetProperty("BulkDataURI", out var uri))
            {
                Assert.Equal(before + element.Tag.ToHex(), uri.GetString());
                var value = element is FragmentsElement fragments ? Concat(fragments.Fragments.Skip(1).Select(f => f.ToArray())) : ((ValueElement)element).Value.ToArray();
                if (element.Tag == Tags.EncapsulatedDocument && sent.GetInteger(Tags.EncapsulatedDocumentLength) == value.Length - 1) value = value[..^1];
                bulk.Add((uri.GetString()!, value));
            }
            if (element is not SequenceElement sequence) continue;
            for (var i = 0; i < sequence.Items.Count; i++) Collect(sequence.Items[i], json.GetProperty("Value")[i], $"{before}{element.Tag.ToHex()}/{i}/", bulk);
        }
    }

    private async Task CheckFramesAsync(DicomDataset sent, string path)
    {
        var pixels = sent[Tags.PixelData] ?? sent[Tags.FloatPixelData] ?? sent[Tags.DoubleFloatPixelData];
        // As many as the address of one request holds.
        var count = (int)Math.Clamp(sent.GetInteger(Tags.NumberOfFrames) ?? 1, 1, 1000);
        if (pixels is null)
        {
            Assert.Equal(404, (int)(await server.GetAsync(path + "/frames/1")).StatusCode);
            return;
        }
        using var answer = await server.GetAsync($"{path}/frames/{string.Join(',', Enumerable.Range(1, count))}");
        if (pixels is ValueElement { Value: var native })
        {
            var bits = FrameTable.BitsPerFrame(sent);
            if (bits * count > native.Length * 8L || bits == 0)
            {
                Assert.Equal(404, (int)answer.StatusCode);
                return;
            }
            var frames = await ReceivedPart.ReadAsync(answer);
            for (var i = 0; i < count; i++) AssertSame(Bits(native.Span, i * bits, bits), [frames[i].Data]);
            _frames += count;
            return;
        }
        var stream = Concat(((FragmentsElement)pixels).Fragments.Skip(1).Select(f => f.ToArray()));
        if ((int)answer.StatusCode == 404)
        {
            output.WriteLine($"frames cannot be told apart: {path}");
            return;
        }
        var encapsulated = await ReceivedPart.ReadAsync(answer);
        Assert.Equal(count, encapsulated.Count);
        AssertSame(stream, encapsulated.Select(f => f.Data));
        _frames += count;
    }

    private static byte[] Concat(IEnumerable<byte[]> pieces)
    {
        var all = new MemoryStream();
        foreach (var piece in pieces) all.Write(piece);
        return all.ToArray();
    }

    private static void AssertSame(byte[] expected, IEnumerable<byte[]> pieces)
    {
        var received = Concat(pieces);
        Assert.Equal(expected.Length, received.Length);
        Assert.True(expected.AsSpan().SequenceEqual(received), $"Differs from byte {expected.AsSpan().CommonPrefixLength(received)} on.");
    }

    private static byte[] Bits(ReadOnlySpan<byte> from, long first, long count)
    {
        if (first % 8 == 0 && count % 8 == 0) return from.Slice((int)(first / 8), (int)(count / 8)).ToArray();
        var bytes = new byte[(count + 7) / 8];
        for (long i = 0; i < count; i++) bytes[i / 8] |= (byte)((from[(int)((first + i) / 8)] >> (int)((first + i) % 8) & 1) << (int)(i % 8));
        return bytes;
    }
}
