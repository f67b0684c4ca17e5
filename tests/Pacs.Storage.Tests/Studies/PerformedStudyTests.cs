using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Model;
using Pacs.Storage.ProcedureSteps;
using Pacs.Storage.Studies;
using Pacs.Storage.Tests.Ingest;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Studies;

/// <summary>A study is complete when its modality says that it is done, and all that it made is here.</summary>
public sealed class PerformedStudyTests : IClassFixture<PostgresFixture>, IDisposable
{
    private static readonly TimeSpan Never = TimeSpan.FromHours(1);
    private readonly StorageProcess _process;
    private readonly SampleOptions _options = SampleOptions.Fresh();

    public PerformedStudyTests(PostgresFixture postgres) => _process = postgres.StartProcess();

    private ProcedureStepStore Steps => _process.Get<ProcedureStepStore>();
    private string Study => SampleObjects.Ct(_options).StudyInstanceUid;

    [Fact]
    public async Task Evaluate_StepCompletedAfterTheLastImage_CompletesTheStudy()
    {
        var objects = Store(1, 2);
        var step = await CreateAsync();
        await EvaluateAsync();
        Assert.False(await IsCompleteAsync());
        await EndAsync(step, "COMPLETED", objects);
        await Eventually.TrueAsync(async () => { await EvaluateAsync(); return await IsCompleteAsync(); });
        Assert.Equal(CompletionReason.ProcedureStep, (await StateAsync())!.CompletedReason);
    }

    [Fact]
    public async Task Evaluate_StepCompletedBeforeTheLastImage_WaitsForIt()
    {
        var first = Store(1);
        var late = SampleObjects.Ct(_options with { InstanceNumber = 2 });
        await EndAsync(await CreateAsync(), "COMPLETED", [.. first, late]);
        for (var n = 0; n < 3; n++) await EvaluateAsync();
        Assert.False(await IsCompleteAsync());

        _process.Store(late);
        await Eventually.TrueAsync(async () => { await EvaluateAsync(); return await IsCompleteAsync(); });

        // What nobody announced opens the study again, and waits for the quiet time.
        Store(3);
        await Eventually.TrueAsync(async () => { await EvaluateAsync(); return !await IsCompleteAsync(); });
        for (var n = 0; n < 3; n++) await EvaluateAsync();
        Assert.False(await IsCompleteAsync());
    }

    [Fact]
    public async Task Evaluate_AnotherStepInProgress_WaitsForIt()
    {
        var objects = Store(1);
        var second = await CreateAsync();
        await EndAsync(await CreateAsync(), "COMPLETED", objects);
        for (var n = 0; n < 3; n++) await EvaluateAsync();
        Assert.False(await IsCompleteAsync());
        await EndAsync(second, "DISCONTINUED", []);
        await Eventually.TrueAsync(async () => { await EvaluateAsync(); return await IsCompleteAsync(); });
    }

    [Theory]
    [InlineData("COMPLETED")]
    [InlineData("DISCONTINUED")]
    public async Task Evaluate_StepThatNamesNoObjects_LeavesTheStudyToTheQuietTime(string status)
    {
        Store(1);
        await EndAsync(await CreateAsync(), status, []);
        for (var n = 0; n < 5; n++) await EvaluateAsync();
        Assert.False(await IsCompleteAsync());
    }

    public void Dispose() => _process.Dispose();

    private Task<int> EvaluateAsync() => _process.Get<StudyCompletion>().EvaluateAsync(Never, default);

    private Task<StudyState?> StateAsync() => _process.Get<StudyCompletion>().FindAsync(Study, default);

    private async Task<bool> IsCompleteAsync() => (await StateAsync())!.IsComplete;

    private SampleObject[] Store(params int[] numbers)
    {
        SampleObject[] objects = [.. numbers.Select(n => SampleObjects.Ct(_options with { InstanceNumber = n }))];
        foreach (var sample in objects) _process.Store(sample);
        return objects;
    }

    private async Task<string> CreateAsync() =>
        (await Steps.CreateAsync(Uid.Generate(), ProcedureStepSamples.Create("1", Study), "CT1", isStrict: true, default)).SopInstanceUid;

    private Task EndAsync(string step, string status, IReadOnlyList<SampleObject> objects) =>
        Steps.SetAsync(step, ProcedureStepSamples.End(status, [.. objects.Select(o => (o.SopClassUid, o.SopInstanceUid))]), isStrict: true, default);
}
