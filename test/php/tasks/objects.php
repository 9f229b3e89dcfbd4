<?php

// A background worker written with the handle classes.
use FrankenPHP\ReceivedTaskHandle;
use FrankenPHP\SentTaskHandle;
use FrankenPHP\WorkerHandle;

// What none of the three lets anybody do.
function refusals(WorkerHandle $worker, ReceivedTaskHandle $received): array
{
    $refused = [];
    foreach ([$worker, new SentTaskHandle('deaf', []), $received] as $object) {
        $class = $object::class;
        $calls = [
            'serialize' => fn () => serialize($object),
            'unserialize' => fn () => unserialize('O:' . strlen($class) . ":\"$class\":0:{}"),
            'clone' => fn () => clone $object,
            'property' => fn () => $object->property = 1,
            'without constructor' => fn () => (new ReflectionClass($class))->newInstanceWithoutConstructor(),
            'extend' => (new ReflectionClass($class))->isFinal(...),
        ];
        foreach ($calls as $name => $call) {
            try {
                $refused[$class][$name] = $call();
            } catch (Throwable $error) {
                $refused[$class][$name] = $error::class;
            }
        }
    }
    try {
        new ReceivedTaskHandle();
    } catch (Throwable $error) {
        $refused['new'] = $error::class;
    }
    return $refused;
}

$worker = new WorkerHandle();
$worker->setVars(['ready' => true, 'wakes' => 0, 'lost' => 0]);
$wakes = $lost = 0;
while ($worker->tick()) {
    $found = false;
    while ($task = $worker->receive()) {
        $found = true;
        $payload = $task->getPayload();
        switch ($payload['do']) {
            case 'complete':
                $task->update(['half' => 1]);
                $task->complete(['whole' => 2]);
                break;
            case 'end':
                $task->complete();
                break;
            case 'drop':
                break;
            case 'stream':
                fclose($task->getStream());
                break;
            case 'refusals':
                $task->complete(refusals($worker, $task));
                break;
            case 'after':
                $task->update(['seen' => true]);
                $r = [$task->getStream()];
                $w = $e = [];
                stream_select($r, $w, $e, null);
                try {
                    $task->update([]);
                } catch (RuntimeException $error) {
                    $worker->setVars(['left' => $error->getMessage()]);
                }
                $task->complete();
                break;
            case 'twice':
                $task->complete();
                try {
                    $task->complete();
                } catch (RuntimeException $error) {
                    $worker->setVars(['twice' => $error->getMessage()]);
                }
                break;
        }
        unset($task);
    }
    $r = [$worker->getStream()];
    $w = $e = [];
    stream_select($r, $w, $e, null);
}
