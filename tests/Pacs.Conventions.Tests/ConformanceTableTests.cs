using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Net;
using Pacs.Dicom.Primitives;
using Pacs.Dimse.Server;
using Pacs.TestKit;
using Pacs.TestKit.Conformance;

namespace Pacs.Conventions.Tests;

/// <summary>What the tables of the conformance statement say is what the program negotiates, and the other way round.</summary>
public sealed class ConformanceTableTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private ServiceProvider _program = null!;

    private IReadOnlyList<ServiceContext> Offered => [.. _program.GetServices<IDimseService>().SelectMany(s => s.Contexts)];

    /// <summary>The services as the program wires them up; nothing is started.</summary>
    public Task InitializeAsync()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Pacs:DataFolder", _folder.Path), new("Pacs:Database:ConnectionString", "Host=nowhere")]).Build();
        _program = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddLogging().AddPacsDimse(configuration).BuildServiceProvider();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _program.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public void StorageSopClasses_OfTheTable_AreOfferedInEverySyntaxOfTheTable()
    {
        var syntaxes = Uids(ConformanceTable.TransferSyntaxes);
        var offered = Offered.ToDictionary(c => c.AbstractSyntax);
        Conventions.AssertNone(
            from uid in Uids(ConformanceTable.StorageSopClasses)
            let context = offered.GetValueOrDefault(uid)
            let missing = context is null ? ["the class itself"] : syntaxes.Except(context.TransferSyntaxes).ToArray()
            where missing.Length > 0
            select $"{uid}: {string.Join(", ", missing)}",
            "Every storage class of storage-sop-classes.tsv is accepted in every syntax of transfer-syntaxes.tsv.");
    }

    [Fact]
    public void StorageSopClasses_Offered_MayBeSentBothWays() => Conventions.AssertNone(
        from context in Offered
        where SopClassRegistry.IsStorage(context.AbstractSyntax) && !(context.RequestorMayBeScu && context.RequestorMayBeScp)
        select context.AbstractSyntax,
        "A storage class is accepted as SCP (C-STORE) and as SCU (C-GET).");

    [Fact]
    public void ServiceSopClasses_OfTheTable_AreOfferedInTheirRole() => Conventions.AssertNone(
        from row in ConformanceTable.Read(ConformanceTable.ServiceSopClasses)
        let isOffered = Offered.Any(c => c.AbstractSyntax == row["uid"] && c.RequestorMayBeScu)
        where isOffered != (row["scp"] == "yes")
        select $"{row["name"]}: the table says SCP {row["scp"]}",
        "The column scp of service-sop-classes.tsv is what the services offer.");

    [Fact]
    public void SopClasses_Offered_AreInTheTables() => Conventions.AssertNone(
        Offered.Select(c => c.AbstractSyntax).Except([.. Uids(ConformanceTable.StorageSopClasses), .. Uids(ConformanceTable.ServiceSopClasses)]),
        "A SOP class that is negotiated has a row in docs/conformance: storage-sop-classes.tsv or service-sop-classes.tsv.");

    [Fact]
    public void TransferSyntaxes_Offered_AreInTheTable() => Conventions.AssertNone(
        Offered.SelectMany(c => c.TransferSyntaxes).Distinct().Except(Uids(ConformanceTable.TransferSyntaxes)),
        "A transfer syntax that is negotiated has a row in docs/conformance/transfer-syntaxes.tsv.");

    [Theory]
    [InlineData(ConformanceTable.StorageSopClasses)]
    [InlineData(ConformanceTable.ServiceSopClasses)]
    [InlineData(ConformanceTable.TransferSyntaxes)]
    public void Uids_OfATable_AreNamedOnce(string table)
    {
        var rows = ConformanceTable.Read(table);
        Assert.Equal(rows.Count, rows.DistinctBy(r => r["uid"]).Count());
        Assert.All(rows, r => Assert.True(Uid.IsAcceptable(r["uid"]) && r["name"].Length > 0 && r["status"] is "current" or "retired" or "private", r["uid"]));
    }

    [Fact]
    public void QueryKeys_OfTheTable_AreInTheDictionary() => Conventions.AssertNone(
        from row in ConformanceTable.Read(ConformanceTable.QueryKeys)
        let tags = row["tags"].Split('/').Select(t => new Tag(Convert.ToUInt16(t[1..5], 16), Convert.ToUInt16(t[6..10], 16))).ToList()
        where string.Join('/', tags.Select(DataElementDictionary.KeywordOf)) != row["path"] || DataElementDictionary.VrOf(tags[^1]).ToString() != row["vr"]
        select $"{row["path"]} {row["tags"]} {row["vr"]}",
        "Tag, keyword and VR of a query key agree.");

    [Fact]
    public void QueryKeys_Table_HasEachKeyOnceAndTheUniqueKeys()
    {
        var rows = ConformanceTable.Read(ConformanceTable.QueryKeys);
        Assert.Equal(rows.Count, rows.DistinctBy(r => (r["level"], r["objects"], r["path"])).Count());
        Assert.Equal(
            [("PATIENT", "PatientID"), ("STUDY", "StudyInstanceUID"), ("SERIES", "SeriesInstanceUID"), ("IMAGE", "SOPInstanceUID")],
            rows.Where(r => r["unique"] == "yes").Select(r => (r["level"], r["path"])));
    }

    private static string[] Uids(string table) => [.. ConformanceTable.Read(table).Select(r => r["uid"])];
}
