using Pacs.Storage.DicomWeb;
using Pacs.Storage.Jobs;
using Pacs.Storage.Preprocessing;
using Pacs.Storage.Retrieval;

namespace Pacs.Worker.Forwarding;

/// <summary>Sends by STOW-RS, several objects in a request; those that were tried before each in one of its own, so that one that breaks requests holds up no other.</summary>
internal sealed class WebForwarding(JobRun run, DicomWebClient client, AttributeChanges? changes) : IForwarding
{
    /// <summary>Requests in a row that may break before the run is given up; as with associations, those of objects that were tried before do not count.</summary>
    private const int MaxBroken = 2;

    private readonly Dictionary<StoredInstance, JobObject> _inHand = [];
    private int _broken;

    public async Task SendAsync(IReadOnlyList<ForwardItem> batch, CancellationToken cancellation)
    {
        foreach (var item in batch.Where(i => i.Instance is null)) run.Report(item.Gone);
        foreach (var tried in batch.Where(i => i.Instance is not null).GroupBy(i => i.Object.Attempts > 0).OrderBy(g => g.Key))
            await SendAsync(tried.ToDictionary(i => i.Instance!, i => i.Object), tried.Key || run.StopsAtFirstFailure, cancellation);
    }

    public void Dispose() { }

    /// <param name="objects">What is sent; what was under way when a request broke is taken out, to be sent in another run.</param>
    /// <param name="oneByOne">Each in a request of its own.</param>
    /// <param name="cancellation">Ends it.</param>
    private async Task SendAsync(Dictionary<StoredInstance, JobObject> objects, bool oneByOne, CancellationToken cancellation)
    {
        while (objects.Count > 0 && run.MayGoOn)
        {
            try
            {
                var options = new StowOptions { OneByOne = oneByOne, Changes = changes, Stop = run.Stop, Begun = instance => Begin(instance, objects[instance]) };
                await foreach (var (instance, result) in client.StoreAsync([.. objects.Keys], options, cancellation))
                {
                    objects.Remove(instance, out var item);
                    lock (_inHand) _inHand.Remove(instance);
                    run.Report(ForwardJob.ResultOf(item!, result));
                    _broken = 0;
                }
            }
            catch (DicomWebException e)
            {
                var dropped = Drop(e);
                var isNew = dropped.Count == 0;
                foreach (var instance in dropped) isNew |= objects.Remove(instance, out var item) && item.Attempts == 0;
                if (e.Failure == DicomWebFailure.Away || (isNew && ++_broken >= MaxBroken)) throw;
            }
            catch (OperationCanceledException) when (run.Stop.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private void Begin(StoredInstance instance, JobObject item)
    {
        lock (_inHand) _inHand[instance] = item;
        run.Begin(item);
    }

    /// <summary>What was under way, of which nothing is known now.</summary>
    private List<StoredInstance> Drop(DicomWebException failure)
    {
        lock (_inHand)
        {
            foreach (var item in _inHand.Values) run.Report(new JobObjectResult(item.Number, JobState.Waiting, failure.Status, failure.Message));
            List<StoredInstance> dropped = [.. _inHand.Keys];
            _inHand.Clear();
            return dropped;
        }
    }
}
